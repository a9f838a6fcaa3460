-- Claims don't look before the marks of the queue, nor far behind the round. A transaction that was open for long may have left
-- something there when it committed: a generation with an old tag, a free seat with an old turn. They were to be first, and so
-- they are now. Once a minute: it reads what vacuum could not remove yet.
create or replace function basepool._recover_overlooked()
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_mark basepool.marks;
  v_is_time boolean := false;
  v_parked record;
  v_found integer;
  v_count integer := 0;
begin
  for v_mark in
    select m.* from basepool.marks as m
    where m.recovered_at <= v_now - interval '1 minute'
    for no key update skip locked
  loop
    v_is_time := true;
    update basepool.marks as m set recovered_at = v_now where m.priority = v_mark.priority;
    update basepool.queue as q
    set tag = v_mark.scan_from + 1
    where
      q.generation_id in (
        select o.generation_id from basepool.queue as o
        where o.run_after is null and o.priority = v_mark.priority
          and (o.tag, o.place) < (v_mark.scan_from, v_mark.scan_from_place)
        for update skip locked
      );
    get diagnostics v_found = row_count;
    v_count := v_count + v_found;
  end loop;

  if v_is_time then
    update basepool.seats as s
    set turn = f.turn
    from (
      select o.id, l.turn
      from basepool.seats as o
      inner join public.replicate_tokens as t on t.id = o.token_id
      inner join basepool.limiters as l on l.account_id = t.account_id
      where o.attempt_id is null and t.suspended_until is null and o.turn < l.turn - 11000000
      for no key update of l, o skip locked
    ) as f
    where s.id = f.id;
    get diagnostics v_found = row_count;
    v_count := v_count + v_found;

    -- and what was locked by others when that was over which it is parked for
    for v_parked in
      select distinct q.parked_for from basepool.queue as q where q.parked_for is not null
    loop
      if v_parked.parked_for not in (
        select p.kind || ' ' || p.name from basepool.pauses as p
        union all
        select 'model ' || b.name from basepool.breakers as b where b.opened_at is not null
      ) then
        v_count := v_count + basepool._unpark(split_part(v_parked.parked_for, ' ', 1), split_part(v_parked.parked_for, ' ', 2));
      end if;
    end loop;
  end if;
  return v_count;
end
$$;

revoke all on function basepool._recover_overlooked() from public, anon, authenticated, service_role;

comment on function basepool._recover_overlooked() is
'Moves what waits or is free, but lies before where claims look, to where they do; once a minute. Returns how many. Part of
every claim.';
