-- The secret belongs to the account that made the prediction, so the attempt says which one verifies its webhook.
create or replace function basepool.get_webhook_secrets(p_attempt uuid)
returns setof text
language sql
stable
security definer
set search_path = ''
as $$
  select s.secret
  from basepool.attempts as a
  inner join basepool.accounts as c on c.id = a.account_id
  cross join lateral (
    values (basepool._read_secret(c.webhook_secret)), (basepool._read_secret(c.previous_webhook_secret))
  ) as s (secret)
  where a.id = p_attempt and s.secret is not null
$$;

revoke all on function basepool.get_webhook_secrets(uuid) from public, anon, authenticated, service_role;
grant execute on function basepool.get_webhook_secrets(uuid) to basepool_glue;

comment on function basepool.get_webhook_secrets(uuid) is
'The webhook secrets (whsec_…) of the attempt''s account: the current one, and the previous one while it is rotated. No row:
unknown attempt, or no secret known; refuse the webhook then.';
