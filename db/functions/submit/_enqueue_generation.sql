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
  v_tag bigint;
  v_priority smallint;
begin
  update basepool.user_limits as u
  set finish_tag = greatest(
    u.finish_tag,
    coalesce(
      (
        select q.tag from basepool.queue as q
        where q.run_after is null and q.priority = u.priority
        order by q.priority desc, q.tag, q.generation_id
        limit 1
      ),
      (select a.queue_tag from basepool.attempts as a order by a.leased_at desc limit 1),
      0
    )
  ) + 1000000 / u.weight
  where u.user_id = new.user_id
  returning u.finish_tag - 1000000 / u.weight, u.priority into v_tag, v_priority;

  insert into basepool.queue (generation_id, user_id, priority, tag, queued_at)
  values (new.id, new.user_id, v_priority, v_tag, basepool.now());
  perform pg_catalog.pg_notify('basepool_queue', '');
  return null;
end
$$;

revoke all on function basepool._enqueue_generation() from public, anon, authenticated, service_role;

comment on function basepool._enqueue_generation() is
'Trigger, after a generation that basepool took on was inserted: puts it on the queue and notifies basepool_queue. Definer:
users have no rights on the queue.';
