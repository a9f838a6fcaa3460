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
    -- what nobody has met yet is said, too
    nullif(concat_ws(
      '; ', c.reason,
      case when strpos(coalesce(c.reason, ''), p.token) = 0 then p.token end,
      coalesce(
        'webhooks can''t be verified, run basepool tokens check: ' || p.webhook,
        case when r.refused > 0 then 'its webhooks are refused: run basepool tokens check --all' end
      )
    ), ''),
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
  cross join lateral (
    select basepool._explain_secret(t.token) as token, basepool._explain_secret(a.webhook_secret) as webhook
  ) as p
  left join basepool._refused_webhooks(basepool.now()) as r on r.account_id = a.id
  order by t.id
$$;

revoke all on function basepool.list_tokens() from public, anon, authenticated, service_role;
grant execute on function basepool.list_tokens() to basepool_glue;

comment on function basepool.list_tokens() is
'The pool, one row per token: masked (the first digits of its fingerprint), account, state (ready, full, limited, cooling,
probing, breaker, paused, suspended, draining, disabled), reason (also what is wrong with a secret), back_at (when it comes back by itself), leases in flight and counters.';
