-- _take_waiting while something is held back: each that is next is looked at, and what is held back is parked, once, so that no
-- claim after this one meets it again. It keeps its place and its tag for the time after.
create or replace function basepool._take_unheld(
  p_max integer,
  p_is_probe boolean,
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
  v_now constant timestamptz := basepool.now();
  v_next record;
  v_model text;
  v_holder text;
  v_parked uuid[] := array[]::uuid[];
  v_holders text[] := array[]::text[];
  v_may_park boolean := false;
begin
  if p_max = 0 then
    return;
  end if;

  -- of each model that is to be tried, one of those that wait for it
  for v_model in
    select b.name from basepool.breakers as b
    where b.opened_at is not null and b.name <> '' and b.open_until <= v_now and b.probe_generation is null
    order by b.open_until
  loop
    exit when coalesce(cardinality(generations), 0) >= p_max;
    select q.generation_id, q.user_id, q.tag, q.tries, q.queued_at into v_next
    from basepool.queue as q
    where
      q.parked_for = 'model ' || v_model
      and (
        q.gate is null or exists (
          select from basepool.models as m where m.pattern = q.gate and basepool._count_at_gate(m.pattern) < m.max_in_flight
        )
      )
    order by q.parked_for, q.tag, q.place
    limit 1
    for update skip locked;
    continue when not found;
    v_holder := basepool._holder_of(v_next.generation_id, v_next.user_id);
    if basepool._try_model(v_holder, v_next.generation_id, v_now) then
      generations := generations || v_next.generation_id;
      tags := tags || v_next.tag;
      tries := tries || v_next.tries;
      queued := queued || v_next.queued_at;
    elsif v_holder <> 'model ' || v_model and basepool._try_lock_holds(true) then
      -- its user is paused as well
      v_parked := v_parked || v_next.generation_id;
      v_holders := v_holders || v_holder;
    end if;
  end loop;

  open c_head;
  -- one at a time: no more is locked than is taken or parked
  while coalesce(cardinality(generations), 0) < p_max and cardinality(v_parked) < v_most_parked loop
    fetch c_head into v_next;
    exit when not found;
    v_holder := basepool._holder_of(v_next.generation_id, v_next.user_id);
    if v_holder is not null and not v_may_park then
      v_may_park := basepool._try_lock_holds(true);
      -- somebody is resuming something at this moment: whoever looks next knows
      exit when not v_may_park;
      v_holder := basepool._holder_of(v_next.generation_id, v_next.user_id);
    end if;
    if v_holder is null or basepool._try_model(v_holder, v_next.generation_id, v_now) then
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
  if p_is_probe then
    -- its row was locked by _look_at_holds
    update basepool.breakers as b
    set probe_generation = generations[1], probed_at = v_now
    where b.name = '' and b.opened_at is not null and generations[1] is not null;
  end if;
end
$$;

revoke all on function basepool._take_unheld(integer, boolean) from public, anon, authenticated, service_role;

comment on function basepool._take_unheld(integer, boolean) is
'What _take_waiting does, past what a pause or a breaker holds back: that is parked, up to 2000 in one claim. Of a model whose
breaker is to be tried, one is taken. p_is_probe: the one that is taken tries the provider''s.';
