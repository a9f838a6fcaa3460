-- Whoever ends, takes or deletes a pending generation (a cancel, the cleanup, the app itself), it leaves the queue with it. A
-- claim that has it at this moment is not waited for: its lease is found to be in vain.
create or replace function basepool._dequeue_generation()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  delete from basepool.queue as q
  where q.generation_id = (
    select o.generation_id from basepool.queue as o where o.generation_id = old.id for update skip locked
  );
  return null;
end
$$;

revoke all on function basepool._dequeue_generation() from public, anon, authenticated, service_role;

comment on function basepool._dequeue_generation() is
'Trigger, after a generation''s status has left pending or it was deleted while pending: takes it off the queue. Definer: the
app has no rights on the queue.';
