-- How much there is under each tab, as far as it is worth counting.
create or replace function basepool._count_tabs()
returns jsonb
language sql
stable
set search_path = ''
set enable_seqscan = on
set enable_sort = off
set enable_bitmapscan = off
set jit = off
as $$
  select jsonb_build_object(
    'waiting', (select basepool._capped(count(*)) from (select from basepool.queue as q limit 10001) as n)
    , 'in_flight', (
      select basepool._capped(count(*)) from (select from basepool.seats as s where s.attempt_id is not null limit 10001) as n
    )
  ) || (
    -- each is a look into the app's wide table, and may be one at the disk
    select jsonb_build_object(
      'failed', jsonb_build_object('count', count(*) filter (where n.status = 'failed'), 'capped', count(*) >= 1000)
      , 'cancelled', jsonb_build_object('count', count(*) filter (where n.status = 'cancelled'), 'capped', count(*) >= 1000)
    )
    from (
      select g.status from public.generations as g
      where g.status in ('failed', 'cancelled') and g.created_at < 'infinity'
      order by g.created_at desc
      limit 1000
    ) as n
  ) || (
    select jsonb_build_object(
      'completed', jsonb_build_object('count', count(*) filter (where n.state = 'succeeded'), 'capped', count(*) >= 10000)
      , 'attempts', jsonb_build_object('count', count(*), 'capped', count(*) >= 10000)
    )
    from (select a.state from basepool.attempts as a order by a.finished_at desc limit 10000) as n
  )
$$;

revoke all on function basepool._count_tabs() from public, anon, authenticated, service_role;

comment on function basepool._count_tabs() is
'Of each tab of page_generations {count, capped}: capped says that not all were counted. Counted are at most 10,000 that wait, are
in flight, or have ended, and of the newest 1,000 that failed or were cancelled which is which.';
