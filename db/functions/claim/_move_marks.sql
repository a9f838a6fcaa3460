-- Claims skip the head of the queue, where everything was claimed: it costs as long as vacuum can't remove it. In three steps:
-- a floor is published, which new tags are not below; who may not know it is noted; once those have ended, claims look from
-- whoever is first by then.
create or replace function basepool._move_marks()
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_mark record;
  v_head record;
  v_moved integer := 0;
begin
  for v_mark in
    select m.*, m.xmin as written_by
    from basepool.marks as m
    where m.moved_at <= v_now - interval '0.1 seconds'
    for no key update skip locked
  loop
    select h.* into v_head from basepool._queue_head(v_mark.priority) as h;
    if v_mark.floor <= v_mark.scan_from then
      continue when v_head.tag is null;
      -- so that what is queued from now on comes after those that have the same tag as the head
      v_mark.floor := v_head.tag + 1;
    elsif not v_mark.is_noted then
      v_mark.is_noted := true;
    -- a transaction that stays open for a minute is not waited for: what it may yet queue is recovered
    elsif age(pg_snapshot_xmin(pg_current_snapshot())::xid) <= age(v_mark.written_by)
      or v_mark.moved_at < v_now - interval '1 minute' then
      if v_head.tag < v_mark.floor then
        v_mark.scan_from := v_head.tag;
        v_mark.scan_from_place := v_head.place;
      else
        v_mark.scan_from := v_mark.floor;
        v_mark.scan_from_place := 0;
      end if;
      v_mark.floor := greatest(v_mark.floor, v_head.tag + 1);
      v_mark.is_noted := false;
    else
      continue;
    end if;
    begin
      update basepool.marks as m
      set
        scan_from = v_mark.scan_from, scan_from_place = v_mark.scan_from_place, floor = v_mark.floor
        , is_noted = v_mark.is_noted, moved_at = v_now
      where m.priority = v_mark.priority;
    exception when no_data_found then
      -- never: for the sake of a subtransaction, whose number is younger than all that can't see the floor yet
      null;
    end;
    v_moved := v_moved + 1;
  end loop;
  return v_moved;
end
$$;

revoke all on function basepool._move_marks() from public, anon, authenticated, service_role;

comment on function basepool._move_marks() is
'Takes the next step for each mark that was not moved just now. Returns how many moved. Part of every claim that finds
something.';
