-- Who is next of a priority: his tag is its virtual time.
create or replace function basepool._queue_head(p_priority smallint, out tag bigint, out place bigint)
language plpgsql
volatile
set search_path = ''
set enable_seqscan = off
set enable_sort = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_mark basepool.marks;
begin
  select m.* into v_mark from basepool.marks as m where m.priority = p_priority;
  select q.tag, q.place into tag, place
  from basepool.queue as q
  where
    q.run_after is null and q.priority = p_priority
    and (q.tag, q.place) >= (v_mark.scan_from, v_mark.scan_from_place)
  order by q.priority, q.tag, q.place
  limit 1;
end
$$;

revoke all on function basepool._queue_head(smallint) from public, anon, authenticated, service_role;

comment on function basepool._queue_head(smallint) is
'Tag and place of the first that waits with this priority; nulls when none does.';
