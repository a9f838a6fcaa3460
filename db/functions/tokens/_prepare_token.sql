-- A token may come from basepool tokens add or from a plain insert of the app: either way it belongs to an account, is not
-- there twice, and its secret goes where secrets go.
create or replace function basepool._prepare_token()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    -- switched on by hand: that ends a suspension
    if new.is_active and not coalesce(old.is_active, false) then
      new.suspended_at := null;
      new.suspended_until := null;
      new.suspended_reason := null;
    end if;
    if new.token is not distinct from old.token then
      return new;
    end if;
  end if;

  if new.token is null or new.token !~ '^[!-~]+$' or length(new.token) not between 8 and 500 then
    raise exception using
      errcode = 'TP007',
      message = 'this is not a token: it is empty, too short or too long, or has spaces or unprintable characters in it',
      hint = 'Copy it again from https://replicate.com/account/api-tokens; it looks like r8_ and 37 letters and digits.';
  end if;
  new.fingerprint := encode(sha256(convert_to(new.token, 'UTF8')), 'hex');
  if exists (select from public.replicate_tokens as t where t.fingerprint = new.fingerprint and t.id <> new.id) then
    raise exception using
      errcode = 'TP006',
      message = 'this token is in the pool already',
      hint = 'See basepool tokens list.';
  end if;
  new.token := basepool._store_secret(new.token, 'Replicate token of basepool');
  if tg_op = 'INSERT' then
    if new.account_id is null then
      insert into basepool.accounts default values returning id into new.account_id;
      insert into basepool.limiters (account_id) values (new.account_id);
    end if;
  end if;
  return new;
end
$$;

revoke all on function basepool._prepare_token() from public, anon, authenticated, service_role;

comment on function basepool._prepare_token() is
'Trigger, before insert or update on public.replicate_tokens: checks the token, fingerprints and stores it, and gives it an
account. Raises TP006 and TP007. Definer: the app has no rights on accounts and Vault.';
