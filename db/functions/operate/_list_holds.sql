-- The one list of what holds generations back, for claims that find nothing else, and for people.
create or replace function basepool._list_holds()
returns table (
  kind text,
  name text,
  since timestamptz,
  until timestamptz,
  reason text,
  paused_by text,
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
    p.kind, p.name, p.since, p.until, p.reason, p.paused_by
    , concat_ws(
      ' ', case p.kind when 'pool' then 'the pool' else p.kind end, nullif(p.name, ''), 'is'
      , basepool._describe_pause(p.since, p.until, p.reason, p.paused_by)
    )
  from pause as p
  where p.until is null or p.until > basepool.now()
$$;

revoke all on function basepool._list_holds() from public, anon, authenticated, service_role;

comment on function basepool._list_holds() is
'What is paused, one row each: kind (pool, account, model, user), name, since, until (null: until it is resumed), reason, by whom,
and all that in one line (says).';
