-- queued_at says whose a generation is, so whoever empties it takes the generation off the queue with it. What a claim has, or
-- Replicate, ends here: two would run it.
create or replace function basepool._release_generation()
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
  -- both are new statements: what a claim has committed meanwhile is seen as a seat, what it has not is still on the queue
  if not found and (
    exists (select from basepool.queue as q where q.generation_id = old.id)
    or exists (select from basepool.seats as s where s.generation_id = old.id)
    or exists (select from basepool.unsettled as u where u.generation_id = old.id)
  ) then
    raise exception using
      errcode = 'PT409',
      message = 'the generation is in flight',
      hint = 'It ends here. Only what waits can be taken back.';
  end if;
  return new;
end
$$;

revoke all on function basepool._release_generation() from public, anon, authenticated, service_role;

comment on function basepool._release_generation() is
'Trigger, before queued_at of an active generation is emptied: takes it off the queue, so that it is the app''s. Raises PT409 when
it is in flight. Definer: the app has no rights on the queue.';
