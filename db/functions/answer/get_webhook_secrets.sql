-- The secret belongs to the account that made the prediction, so the attempt says which one verifies its webhook. A token may
-- have moved to the account that it was found to belong to.
create or replace function basepool.get_webhook_secrets(p_attempt uuid)
returns setof text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_attempt constant basepool.attempts := basepool._find_attempt(p_attempt);
begin
  return query
    select s.secret
    from basepool.accounts as c
    cross join lateral (
      values
      (basepool._read_secret(c.webhook_secret)),
      (case when c.former_until > basepool.now() then basepool._read_secret(c.former_webhook_secret) end)
    ) as s (secret)
    where
      c.id = coalesce(
        (select t.account_id from public.replicate_tokens as t where t.id = v_attempt.token_id), v_attempt.account_id
      )
      and s.secret is not null;
end
$$;

revoke all on function basepool.get_webhook_secrets(uuid) from public, anon, authenticated, service_role;
grant execute on function basepool.get_webhook_secrets(uuid) to basepool_glue;

comment on function basepool.get_webhook_secrets(uuid) is
'The webhook secrets (whsec_…) of the attempt''s account: the current one, and the former one until its time is over. No row:
unknown attempt, or no secret known or to be read; refuse the webhook then.';
