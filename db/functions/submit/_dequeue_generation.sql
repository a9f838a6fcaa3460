-- Whoever ends, takes or deletes a pending generation (a cancel, the cleanup, the app itself), it leaves the queue with it. A
-- claim that has it at this moment is not waited for: its lease is found to be in vain, and counts until that is known.
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
  if not found and (tg_op = 'DELETE' or not basepool.is_active(new.status)) then
    insert into basepool.cancellations (id, generation_id, user_id, model, requested_at, again_at, over_at)
    select old.id, old.id, old.user_id, old.replicate_model, t.now, t.now, basepool._latest_end(t.now, null)
    from (select basepool.now() as now) as t
    where exists (select from basepool.queue as q where q.generation_id = old.id)
    on conflict (id) do nothing;
  end if;
  return null;
end
$$;

revoke all on function basepool._dequeue_generation() from public, anon, authenticated, service_role;

comment on function basepool._dequeue_generation() is
'Trigger, after a generation''s status has left pending or it was deleted while pending: takes it off the queue. Definer: the
app has no rights on the queue.';
