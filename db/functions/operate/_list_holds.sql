-- The one list of what holds generations back, for claims that find nothing else, and for people.
create or replace function basepool._list_holds()
returns table (
  kind text,
  name text,
  since timestamptz,
  until timestamptz,
  reason text,
  paused_by text,
  is_breaker boolean,
  says text
)
language sql
volatile
set search_path = ''
as $$
  with pause as (
    select p.kind, p.name, p.since, p.until, p.reason, p.paused_by from basepool.pauses as p
    union all
    select
      'account', coalesce(a.username, a.id::text), a.paused_at, nullif(a.paused_until, 'infinity'), a.pause_reason, a.paused_by
    from basepool.accounts as a
    where a.paused_until is not null
  )

  select
    p.kind, p.name, p.since, p.until, p.reason, p.paused_by, false
    , concat_ws(
      ' ', case p.kind when 'pool' then 'the pool' else p.kind end, nullif(p.name, ''), 'is'
      , basepool._describe_pause(p.since, p.until, p.reason, p.paused_by)
    )
  from pause as p
  cross join (select basepool.now() as now) as c
  where p.until is null or p.until > c.now
  union all
  select
    case b.name when '' then 'provider' else 'model' end, b.name, b.opened_at
    , case when b.open_until > c.now and b.probe_generation is null then b.open_until end
    , basepool._printable(b.error), null, true
    , format(
      '%s in a row have failed at Replicate, of %s, since %s (%s: %s): one at a time tries whether it works again, the others wait,'
      || ' and nothing fails for it'
      , b.failures, case b.name when '' then 'whatever model' else 'model ' || b.name end
      , to_char(b.opened_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'), b.rule, basepool._printable(b.error)
    )
  from basepool.breakers as b
  cross join (select basepool.now() as now) as c
  where b.opened_at is not null
$$;

revoke all on function basepool._list_holds() from public, anon, authenticated, service_role;

comment on function basepool._list_holds() is
'What is paused, and what fails at Replicate, one row each: kind (pool, account, model, user; provider), name, since, until (null:
until it is resumed, or somebody has found out), reason (of a breaker: the error), by whom, whether it is a breaker, and all that in
one line (says).';
