-- The fairest that wait, by priority and tag: a walk along the queue's index, whatever the statistics say. What others are
-- taking at this moment is theirs.
create or replace function basepool._take_waiting(p_max integer)
returns table (generation_id uuid, tag bigint, tries integer, queued_at timestamptz)
language plpgsql
volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_mark basepool.marks;
  v_left integer := p_max;
  v_count integer;
begin
  if p_max is null then
    return;
  end if;
  for v_mark in select m.* from basepool.marks as m order by m.priority desc loop
    return query
      delete from basepool.queue as q
      using (
        select w.ctid
        from basepool.queue as w
        where
          w.run_after is null and w.priority = v_mark.priority
          and (w.tag, w.generation_id) >= (v_mark.scan_from, v_mark.scan_from_id)
        order by w.priority, w.tag, w.generation_id
        limit v_left
        for update skip locked
      ) as first
      where q.ctid = first.ctid
      returning q.generation_id, q.tag, q.tries, q.queued_at;
    get diagnostics v_count = row_count;
    v_left := v_left - v_count;
    exit when v_left = 0;
  end loop;
end
$$;

revoke all on function basepool._take_waiting(integer) from public, anon, authenticated, service_role;

comment on function basepool._take_waiting(integer) is
'Takes up to p_max generations off the queue, in the order in which they are to run.';
