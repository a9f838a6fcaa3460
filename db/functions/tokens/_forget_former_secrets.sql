-- A webhook secret that was replaced, or whose account has no token any more, still verifies what Replicate has signed with it;
-- when that time is over, whoever comes by it later can do no harm.
create or replace function basepool._forget_former_secrets()
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_count integer;
begin
  update basepool.accounts as a
  set
    former_webhook_secret = a.webhook_secret, former_until = v_now + s.former_secret_valid_for, webhook_secret = null
  from basepool.settings as s
  where a.id in (
    select o.id from basepool.accounts as o
    where
      o.webhook_secret is not null
      and not exists (select from public.replicate_tokens as t where t.account_id = o.id)
    for no key update skip locked
  );
  update basepool.accounts as a
  set former_webhook_secret = null, former_until = null
  where a.id in (
    select o.id from basepool.accounts as o where o.former_until <= v_now for no key update skip locked
  );
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

revoke all on function basepool._forget_former_secrets() from public, anon, authenticated, service_role;

comment on function basepool._forget_former_secrets() is
'Makes the webhook secrets of accounts without a token former ones, and forgets the former ones whose time is over. Returns how
many it forgot. Part of the job prune.';
