-- The fairest that wait, by priority and tag: a walk along the queue's index, whatever the statistics say. What others are
-- taking at this moment is theirs. No more is locked than is taken.
create or replace function basepool._take_waiting(
  p_max integer,
  out generations uuid [],
  out tags bigint [],
  out tries integer [],
  out queued timestamptz []
)
language plpgsql
volatile
set search_path = ''
as $$
#variable_conflict use_column
begin
  with taken as (
    delete from basepool.queue as q
    using (
      select w.ctid
      from (select m.* from basepool.marks as m order by m.priority desc offset 0) as m
      cross join lateral (
        select w.ctid
        from basepool.queue as w
        where
          w.run_after is null and w.priority = m.priority and (w.tag, w.place) >= (m.scan_from, m.scan_from_place)
        order by w.priority, w.tag, w.place
        for update skip locked
      ) as w
      limit p_max
    ) as first
    where q.ctid = first.ctid
    returning q.generation_id, q.tag, q.tries, q.queued_at
  )

  select array_agg(t.generation_id), array_agg(t.tag), array_agg(t.tries), array_agg(t.queued_at)
  into generations, tags, tries, queued
  from taken as t;
end
$$;

revoke all on function basepool._take_waiting(integer) from public, anon, authenticated, service_role;

comment on function basepool._take_waiting(integer) is
'Takes up to p_max generations off the queue, in the order in which they are to run. Returns them with their tags, how often
they were tried and since when they wait; null where nothing waits.';
