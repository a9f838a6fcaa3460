-- Without a worker, what is queued would wait for the next turn of pg_cron. One call a second is enough: each sends all there is.
create or replace function basepool._call_glue_at_once()
returns trigger
language plpgsql
volatile
set search_path = ''
as $$
begin
  -- who finds the row locked leaves the call to whoever holds it: nobody who submits waits for another here
  perform from basepool.glue_calls as c
  where c.job = 'dispatch' and (c.called_at is null or c.called_at <= basepool.now() - interval '1 second')
  for update skip locked;
  if found then
    begin
      perform basepool._call_glue('dispatch');
    exception when others then
      -- pg_cron calls again; a submit must not fail because pg_net does
      raise warning 'the glue is not called: %', sqlerrm;
    end;
  end if;
  return null;
end
$$;

revoke all on function basepool._call_glue_at_once() from public, anon, authenticated, service_role;

comment on function basepool._call_glue_at_once() is
'Trigger on basepool.queue, after each statement that inserts, while schedule_glue counts: has the glue dispatch, once a second at
most.';
