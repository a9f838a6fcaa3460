-- What the pool lacks that no failure shows before it is needed.
create or replace function basepool._diagnose_pool()
returns table (name text, severity text, says text, remedy text, fix text)
language sql
stable
set search_path = ''
as $$
  select 'tokens', 'warning', 'there is no token', 'Add some: basepool tokens add.', null
  where not exists (select from public.replicate_tokens)
  union all
  select
    'token-account', 'warning', format('nobody has asked Replicate whose token %s is: it counts as an account of its own', t.id)
    , 'Run basepool tokens check.', null
  from public.replicate_tokens as t
  inner join basepool.accounts as a on a.id = t.account_id
  where a.username is null and t.is_active
  union all
  select
    'webhook-secret', 'warning'
    , format('the webhook secret of account %s is not known: its webhooks are refused, and its results asked for'
      , coalesce(a.username, a.id::text))
    , 'Run basepool tokens check.', null
  from basepool.accounts as a
  where
    a.webhook_secret is null
    and exists (select from public.replicate_tokens as t where t.account_id = a.id and t.is_active)
  union all
  select
    'job-failed', 'problem', format('the last run of the job %s failed: %s', j.name, l.error)
    , format('Mend that, then run basepool run-job %s.', j.name), null
  from basepool.jobs as j
  cross join lateral (
    select r.ok, r.error from basepool.job_runs as r where r.job = j.name order by r.started_at desc limit 1
  ) as l
  where not l.ok
  order by 1, 3
$$;

revoke all on function basepool._diagnose_pool() from public, anon, authenticated, service_role;

comment on function basepool._diagnose_pool() is
'What is not known of tokens and accounts, and which jobs failed when they ran last: tokens, token-account, webhook-secret,
job-failed. For diagnose.';
