-- A long window is answered from what was summed up by the hour, not from each attempt in it.
create or replace function basepool._sum_attempts(p_since timestamptz)
returns table (
  token_id integer,
  account_id bigint,
  leases integer,
  succeeded integer,
  failed integer,
  canceled integer,
  rejected integer,
  open integer,
  predict_seconds numeric,
  errors jsonb,
  queue_p50 numeric,
  queue_p95 numeric,
  submit_p50 numeric,
  submit_p95 numeric,
  predict_p50 numeric,
  predict_p95 numeric
)
language sql
stable
set search_path = ''
as $$
  with seen as materialized (
    select s.* from basepool.token_stats as s where s.hour >= date_trunc('hour', p_since, 'UTC')
  ),

  counts as (
    select
      p.token_id
      , jsonb_object_agg(p.key, p.times) filter (where p.kind = 'error') as errors
      , coalesce(jsonb_object_agg(p.key, p.times) filter (where p.kind = 'queue'), '{}') as queue
      , coalesce(jsonb_object_agg(p.key, p.times) filter (where p.kind = 'submit'), '{}') as submit
      , coalesce(jsonb_object_agg(p.key, p.times) filter (where p.kind = 'predict'), '{}') as predict
    from (
      select s.token_id, k.kind, e.key, sum(e.value::bigint) as times
      from seen as s
      cross join lateral (
        values ('error', s.errors), ('queue', s.queue_buckets), ('submit', s.submit_buckets), ('predict', s.predict_buckets)
      ) as k (kind, counts)
      cross join lateral jsonb_each(k.counts) as e
      group by s.token_id, k.kind, e.key
    ) as p
    group by p.token_id
  )

  select
    s.token_id, s.account_id, s.leases, s.succeeded, s.failed, s.canceled, s.rejected, s.open, s.predict_seconds
    , coalesce(c.errors, '{}')
    , basepool._percentile(c.queue, 0.5), basepool._percentile(c.queue, 0.95)
    , basepool._percentile(c.submit, 0.5), basepool._percentile(c.submit, 0.95)
    , basepool._percentile(c.predict, 0.5), basepool._percentile(c.predict, 0.95)
  from (
    select
      o.token_id, max(o.account_id) as account_id, sum(o.leases)::integer as leases, sum(o.succeeded)::integer as succeeded
      , sum(o.failed)::integer as failed, sum(o.canceled)::integer as canceled, sum(o.rejected)::integer as rejected
      , sum(o.open)::integer as open, sum(o.predict_seconds) as predict_seconds
    from seen as o
    group by o.token_id
  ) as s
  left join counts as c on c.token_id = s.token_id
$$;

revoke all on function basepool._sum_attempts(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._sum_attempts(timestamptz) is
'What _measure_attempts says, from the full hour (UTC) before p_since on, of token_stats as it was counted last; the percentiles are
those of buckets (_percentile), off by a quarter at most.';
