-- _take_waiting while something is held back: each that is next is looked at, and what is held back is parked, once, so that no
-- claim after this one meets it again. It keeps its place and its tag for the time after.
create or replace function basepool._take_unheld(
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
declare
  v_most_parked constant integer := 2000;
  c_head cursor for
    select w.generation_id, w.user_id, w.tag, w.tries, w.queued_at
    from (select m.* from basepool.marks as m order by m.priority desc offset 0) as m
    cross join lateral (
      select w.*
      from basepool.queue as w
      where
        w.run_after is null and w.priority = m.priority and (w.tag, w.place) >= (m.scan_from, m.scan_from_place)
      order by w.priority, w.tag, w.place
      for update skip locked
    ) as w;
  v_next record;
  v_holder text;
  v_parked uuid[] := '{}';
  v_holders text[] := '{}';
begin
  -- somebody is resuming something at this moment: whoever looks next knows
  if p_max = 0 or not basepool._try_lock_holds(true) then
    return;
  end if;
  open c_head;
  -- one at a time: no more is locked than is taken or parked
  while coalesce(cardinality(generations), 0) < p_max and cardinality(v_parked) < v_most_parked loop
    fetch c_head into v_next;
    exit when not found;
    v_holder := basepool._holder_of(v_next.generation_id, v_next.user_id);
    if v_holder is null then
      generations := generations || v_next.generation_id;
      tags := tags || v_next.tag;
      tries := tries || v_next.tries;
      queued := queued || v_next.queued_at;
    else
      v_parked := v_parked || v_next.generation_id;
      v_holders := v_holders || v_holder;
    end if;
  end loop;
  close c_head;

  update basepool.queue as q
  set run_after = 'infinity', parked_for = p.holder
  from unnest(v_parked, v_holders) as p (generation_id, holder)
  where q.generation_id = p.generation_id;
  delete from basepool.queue as q where q.generation_id = any(generations);
end
$$;

revoke all on function basepool._take_unheld(integer) from public, anon, authenticated, service_role;

comment on function basepool._take_unheld(integer) is
'What _take_waiting does, past what a pause holds back: that is parked, up to 2000 in one claim.';
