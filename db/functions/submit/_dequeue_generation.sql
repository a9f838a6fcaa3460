-- Whoever ends or takes a pending generation (the claim, a cancel, the cleanup, the app itself), it leaves the queue with it.
create or replace function basepool._dequeue_generation()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  delete from basepool.queue as q where q.generation_id = new.id;
  return null;
end
$$;

revoke all on function basepool._dequeue_generation() from public, anon, authenticated, service_role;

comment on function basepool._dequeue_generation() is
'Trigger, after a generation''s status has left pending: takes it off the queue. Definer: the app has no rights on the queue.';
