-- Queued in the transaction that inserts it: there is no moment at which a generation exists and nobody will run it. Fair
-- queueing: it is tagged with its user's own virtual time, which advances with each submit but never lags behind the queue.
create or replace function basepool._enqueue_generation()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_user basepool.user_limits;
  v_floor bigint;
  v_tag bigint;
  v_gate text;
begin
  -- its row was locked when it was admitted (_lock_user)
  select u.* into v_user from basepool.user_limits as u where u.user_id = new.user_id;
  select m.floor into v_floor from basepool.marks as m where m.priority = v_user.priority;
  v_tag := greatest(
    v_user.finish_tag,
    v_floor,
    coalesce(
      (select h.tag from basepool._queue_head(v_user.priority) as h)
      , (select max(l.served_tag) from basepool.limiters as l)
    )
  );
  update basepool.user_limits as u set finish_tag = v_tag + 1000000 / u.weight where u.user_id = new.user_id;
  v_gate := basepool._gate_of(new.replicate_model);
  insert into basepool.queue (generation_id, user_id, priority, tag, run_after, gate, queued_at)
  values (
    new.id, new.user_id, v_user.priority, v_tag, case when v_gate is not null then 'infinity'::timestamptz end, v_gate
    , new.queued_at
  );
  perform basepool._wake_workers();
  return null;
end
$$;

revoke all on function basepool._enqueue_generation() from public, anon, authenticated, service_role;

comment on function basepool._enqueue_generation() is
'Trigger, after a generation that basepool took on was inserted: puts it on the queue and notifies basepool_queue if a worker
waits for it. Definer: users have no rights on the queue.';
