-- Claims skip the head of the queue, where everything was claimed: it costs as long as vacuum can't remove it. In three steps:
-- a floor is published, below which no new tag lies; who may not know it is noted; once those have ended, claims look from it
-- on.
create or replace function basepool._move_marks()
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_mark basepool.marks;
  v_moved integer := 0;
begin
  for v_mark in
    select m.* from basepool.marks as m
    where m.moved_at <= v_now - interval '0.3 seconds'
    for no key update skip locked
  loop
    if v_mark.floor = v_mark.scan_from then
      v_mark.floor := greatest(v_mark.floor, basepool._head_tag(v_mark.priority));
      continue when v_mark.floor = v_mark.scan_from;
    elsif v_mark.floor_known_at is null then
      v_mark.floor_known_at := pg_snapshot_xmax(pg_current_snapshot());
    -- a transaction that stays open for a minute is not waited for: what it may yet queue is lifted
    elsif pg_snapshot_xmin(pg_current_snapshot()) >= v_mark.floor_known_at or v_mark.moved_at < v_now - interval '1 minute' then
      v_mark.scan_from := v_mark.floor;
      v_mark.floor_known_at := null;
    else
      continue;
    end if;
    update basepool.marks as m
    set scan_from = v_mark.scan_from, floor = v_mark.floor, floor_known_at = v_mark.floor_known_at, moved_at = v_now
    where m.priority = v_mark.priority;
    v_moved := v_moved + 1;
  end loop;
  return v_moved;
end
$$;

revoke all on function basepool._move_marks() from public, anon, authenticated, service_role;

comment on function basepool._move_marks() is
'Takes the next step for each mark that was not moved just now. Returns how many moved. Part of every claim that finds
something.';
