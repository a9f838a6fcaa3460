-- A notification makes commits wait for each other, so there is none while the workers have enough to do.
create or replace function basepool._wake_workers()
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if (select w.is_wanted from basepool.wake_up as w) and exists (select from basepool.queue) then
    perform pg_catalog.pg_notify('basepool_queue', '');
  end if;
end
$$;

revoke all on function basepool._wake_workers() from public, anon, authenticated, service_role;

comment on function basepool._wake_workers() is
'Notifies basepool_queue if something waits and a worker has found nothing to do
(basepool.wake_up).';
