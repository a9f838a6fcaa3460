-- What a transaction with an old snapshot has queued before the marks would never be read. It was to be first, and so it is
-- now. Once a minute: it reads what vacuum could not remove yet.
create or replace function basepool._lift_overlooked()
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_mark basepool.marks;
  v_lifted integer;
  v_count integer := 0;
begin
  for v_mark in
    select m.* from basepool.marks as m
    where m.lifted_at <= v_now - interval '1 minute'
    for no key update skip locked
  loop
    update basepool.marks as m set lifted_at = v_now where m.priority = v_mark.priority;
    update basepool.queue as q
    set tag = v_mark.scan_from + 1
    where
      q.generation_id in (
        select o.generation_id from basepool.queue as o
        where o.run_after is null and o.priority = v_mark.priority
          and (o.tag, o.generation_id) < (v_mark.scan_from, v_mark.scan_from_id)
        for update skip locked
      );
    get diagnostics v_lifted = row_count;
    v_count := v_count + v_lifted;
  end loop;
  return v_count;
end
$$;

revoke all on function basepool._lift_overlooked() from public, anon, authenticated, service_role;

comment on function basepool._lift_overlooked() is
'Moves what waits before the marks to where claims look, once a minute. Returns how many. Part of every claim.';
