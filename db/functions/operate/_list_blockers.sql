-- Who holds what we need: a table that somebody alters, rows in a transaction that somebody has left open. Read from the catalogs
-- alone, so that it answers while all our tables are locked.
create or replace function basepool._list_blockers()
returns table (
  pid integer,
  application text,
  role text,
  state text,
  since timestamptz,
  holds text,
  waiting integer
)
language sql
volatile
set search_path = ''
as $$
  with held as materialized (
    select
      l.pid, c.relname::text as name, l.mode
      , l.mode in ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock') as is_strong
    from pg_catalog.pg_locks as l
    inner join pg_catalog.pg_class as c on c.oid = l.relation
    inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where
      l.granted and l.locktype = 'relation' and l.pid <> pg_backend_pid()
      and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
      and l.mode <> 'AccessShareLock' and c.relkind in ('r', 'p')
      and (n.nspname = 'basepool' or (n.nspname = 'public' and c.relname in ('generations', 'replicate_tokens')))
  ),

  -- those who wait know whom for, whatever it is
  waits as materialized (
    select b.pid, count(distinct a.pid)::integer as waiting
    from pg_catalog.pg_stat_activity as a
    cross join lateral unnest(pg_blocking_pids(a.pid)) as b (pid)
    where a.datname = current_database() and a.wait_event_type = 'Lock'
    group by b.pid
  )

  select
    a.pid, a.application_name, a.usename::text, a.state, a.xact_start
    , coalesce(
      (
        select string_agg(distinct case when h.is_strong then h.name || ' (' || h.mode || ')' else 'rows of ' || h.name end, ', ')
        from held as h where h.pid = a.pid
      )
      , 'what others wait for'
    )
    , coalesce(w.waiting, 0)
  from pg_catalog.pg_stat_activity as a
  left join waits as w on w.pid = a.pid
  where
    a.pid in (select o.pid from waits as o union all select h.pid from held as h)
    and (
      -- a lock that is released at once is nobody's trouble; without the right to see since when, it may be
      coalesce(clock_timestamp() - a.xact_start, '1 hour') > interval '1 second'
      and (
        w.waiting > 0
        or exists (select from held as h where h.pid = a.pid and h.is_strong)
        or a.state like 'idle in transaction%'
      )
    )
  order by a.xact_start nulls last
$$;

revoke all on function basepool._list_blockers() from public, anon, authenticated, service_role;

comment on function basepool._list_blockers() is
'The sessions of this database that hold a lock on our tables, or on their rows, for longer than a second, in a way that others
may wait for; since: when its transaction began; waiting: how many do wait for it at this moment.';
