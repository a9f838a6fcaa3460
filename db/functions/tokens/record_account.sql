-- Limits are the account's: two tokens of one account must not look like twice the capacity. A token starts in an account of
-- its own, without a name; knowing the name may show that the account is there already.
create or replace function basepool.record_account(
  p_token_id integer,
  p_username text,
  p_kind text,
  p_webhook_secret text
)
returns table (token_id integer, account_id bigint, account text, is_new_account boolean, tokens_of_account integer)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_own bigint;
  v_account basepool.accounts;
  v_is_new boolean := true;
  v_secret text;
  v_former text;
begin
  -- in the order in which everybody locks: what may have to move comes before the token
  perform from basepool.lost_attempts as l
  where basepool._seat_of(l.attempt_id) / 1000 = p_token_id
  order by l.attempt_id
  for update;
  perform from basepool.cancellations as c
  where basepool._seat_of(c.id) / 1000 = p_token_id
  order by c.id
  for update;
  select t.account_id into v_own from public.replicate_tokens as t where t.id = p_token_id for update;
  if not found then
    raise exception using
      errcode = 'TP005',
      message = format('there is no token %s', coalesce(p_token_id::text, 'null')),
      hint = 'See basepool tokens list for the ids.';
  end if;

  select a.* into v_account from basepool.accounts as a where a.username = p_username for update;
  if found and v_account.id <> v_own then
    v_is_new := false;
    -- whose list it is, is known only now
    update basepool.searches as s
    set ended_at = basepool.now(), error = 'its token belongs to another account'
    where s.account_id = v_own and s.ended_at is null;
    update public.replicate_tokens as t set account_id = v_account.id where t.id = p_token_id;
    -- what was lost, and what is to be cancelled, is in the list of the account that we now know better
    update basepool.lost_attempts as l set account_id = v_account.id
    where l.account_id = v_own and basepool._seat_of(l.attempt_id) / 1000 = p_token_id;
    update basepool.cancellations as c set account_id = v_account.id
    where c.account_id = v_own and basepool._seat_of(c.id) / 1000 = p_token_id;
    perform from basepool.limiters as l where l.account_id = v_account.id for no key update skip locked;
    if found then
      perform basepool._join_round(p_token_id);
    end if;
    update basepool.token_stats as s set account_id = v_account.id where s.account_id = v_own and s.token_id = p_token_id;
    delete from basepool.accounts as a
    where
      a.id = v_own
      and a.username is null
      and not exists (select from public.replicate_tokens as t where t.account_id = v_own)
      and not exists (select from basepool.token_stats as s where s.account_id = v_own);
  else
    v_is_new := v_account.id is null and p_username is not null;
    update basepool.accounts as a
    set username = coalesce(p_username, a.username), kind = coalesce(p_kind, a.kind)
    where a.id = v_own
    returning a.* into v_account;
  end if;

  -- what can't be a secret is none: webhooks are refused then, and the predictions polled
  v_secret := basepool._usable_secret(p_webhook_secret);
  v_former := basepool._read_secret(v_account.webhook_secret);
  if v_secret is distinct from v_former and v_secret is not null then
    update basepool.accounts as a
    set
      former_webhook_secret = case when v_former is null then a.former_webhook_secret else a.webhook_secret end,
      former_until = case when v_former is null then a.former_until else basepool.now() + s.former_secret_valid_for end,
      webhook_secret = basepool._store_secret(v_secret, 'Replicate webhook secret of basepool')
    from basepool.settings as s
    where a.id = v_account.id;
  end if;

  return query
    select p_token_id, v_account.id, v_account.username, v_is_new
      , (select count(*)::integer from public.replicate_tokens as t where t.account_id = v_account.id);
end
$$;

revoke all on function basepool.record_account(integer, text, text, text) from public, anon, authenticated, service_role;
grant execute on function basepool.record_account(integer, text, text, text) to basepool_glue;

comment on function basepool.record_account(integer, text, text, text) is
'Records whose token it is. p_username, p_kind: as GET /v1/account says; p_webhook_secret: whsec_…, the former one stays valid
beside it for settings.former_secret_valid_for. Returns as basepool.add_token. Raises TP005.';
