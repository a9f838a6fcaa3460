-- What the operator sees: never a secret, always a reason.
create or replace function basepool.list_tokens()
returns table (
  token_id integer,
  name text,
  masked text,
  account text,
  state text,
  reason text,
  back_at timestamptz,
  in_flight integer,
  max_in_flight integer,
  request_count integer,
  error_count integer,
  last_used_at timestamptz,
  last_error text
)
language sql
volatile
security definer
set search_path = ''
as $$
  select
    t.id,
    t.name,
    -- eight characters of a hash tell tokens apart and give nothing away
    '#' || left(t.fingerprint, 8),
    coalesce(a.username, format('(account %s, not asked yet)', a.id)),
    c.state,
    coalesce(c.reason, case when r.refused > 0 then 'its webhooks are refused: run basepool tokens check --all' end),
    c.back_at,
    c.in_flight,
    t.max_in_flight,
    coalesce(t.request_count, 0),
    coalesce(t.error_count, 0),
    t.last_used_at,
    t.last_error
  from basepool._token_capacity(basepool.now()) as c
  inner join public.replicate_tokens as t on t.id = c.token_id
  inner join basepool.accounts as a on a.id = t.account_id
  left join basepool._refused_webhooks(basepool.now()) as r on r.account_id = a.id
  order by t.id
$$;

revoke all on function basepool.list_tokens() from public, anon, authenticated, service_role;
grant execute on function basepool.list_tokens() to basepool_glue;

comment on function basepool.list_tokens() is
'The pool, one row per token: masked (the first digits of its fingerprint), account, state (ready, full, limited, cooling,
probing, suspended, draining, disabled), reason, back_at (when it comes back by itself), leases in flight and counters.';
