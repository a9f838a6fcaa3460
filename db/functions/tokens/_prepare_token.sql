-- A token may come from basepool tokens add or from a plain insert of the app: either way it belongs to an account, is not
-- there twice, and its secret goes where secrets go.
create or replace function basepool._prepare_token()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_in_vault constant boolean := (select s.tokens_in_vault from basepool.settings as s);
  v_known record;
begin
  if tg_op = 'UPDATE' then
    -- switched on by hand: that ends a suspension
    if new.is_active and not coalesce(old.is_active, false) then
      new.suspended_at := null;
      new.suspended_until := null;
      new.suspended_reason := null;
    end if;
    if new.token is not distinct from old.token then
      -- the same secret, kept elsewhere from now on; one that is lost can't be moved back
      if current_setting('basepool.moving_tokens', true) = 'on' then
        new.token := case
          when old.token like 'vault:%'
            then coalesce(case when not v_in_vault then (select v.secret from basepool._read_vault(old.token) as v) end, old.token)
          when v_in_vault then basepool._store_secret(old.token, 'Replicate token of basepool')
          else old.token
        end;
      end if;
      return new;
    end if;
  end if;

  new.token := basepool._usable_secret(new.token);
  if new.token is null then
    raise exception using
      errcode = 'TP007',
      message = 'this is not a token: it is empty, too short or too long, or has spaces or unprintable characters in it',
      hint = 'Copy it again from https://replicate.com/account/api-tokens; it looks like r8_ and 37 letters and digits.';
  end if;
  new.fingerprint := basepool._fingerprint(new.token);
  -- whoever adds the same one at this moment is waited for
  perform pg_advisory_xact_lock(hashtextextended(new.fingerprint, 7239541180021));
  select t.token, t.account_id into v_known
  from public.replicate_tokens as t
  where t.fingerprint = new.fingerprint and t.id <> new.id;
  if found then
    if tg_op = 'INSERT' then
      -- an app that was there before us hears of it from its own constraint, or changes the row (on conflict do update)
      if v_known.token = new.token and (select s.adopted from basepool.settings as s) then
        new.account_id := v_known.account_id;
        return new;
      end if;
      -- "on conflict do nothing" of the app would not see it: the column may hold a reference
      raise notice 'this token is in the pool already';
      return null;
    end if;
    raise exception using
      errcode = 'TP006',
      message = 'this token is in the pool already',
      hint = 'See basepool tokens list.';
  end if;
  if tg_op = 'INSERT' and new.account_id is null then
    insert into basepool.accounts default values returning id into new.account_id;
    insert into basepool.limiters (account_id) values (new.account_id);
  end if;
  if v_in_vault then
    new.token := basepool._store_secret(new.token, 'Replicate token of basepool');
  end if;
  return new;
end
$$;

revoke all on function basepool._prepare_token() from public, anon, authenticated, service_role;

comment on function basepool._prepare_token() is
'Trigger, before insert or update on public.replicate_tokens: checks the token, fingerprints and stores it (in Vault
where that is installed and settings.tokens_in_vault says so), and gives it an account. One that is in the pool already is not
inserted again, without an error (where the app was there before basepool and the column holds the same text, its constraint and on
conflict decide); an update to it raises TP006. Raises TP007. Definer: the app has no rights on accounts and Vault.';
