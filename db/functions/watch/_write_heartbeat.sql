-- Nobody can say of himself that he is dead: somebody outside notices when this does not come.
create or replace function basepool._write_heartbeat(p_now timestamptz)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
begin
  -- each takes the place of the one before, whatever became of that
  delete from basepool.alert_messages as m
  where m.id = any(array(
    select o.id from basepool.alert_messages as o
    where o.kind = 'heartbeat' and o.written_at > p_now - interval '1 day' for update skip locked
  ));
  if exists (select from basepool.alerts as a where a.closed_at is null)
    or not exists (select from basepool.settings as s where s.heartbeat_url is not null) then
    return false;
  end if;
  insert into basepool.alert_messages (kind, body, written_at, due_at)
  values ('heartbeat', jsonb_build_object('text', 'all is well', 'at', p_now, 'database', current_database()), p_now, p_now);
  return true;
end
$$;

revoke all on function basepool._write_heartbeat(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._write_heartbeat(timestamptz) is
'Has heartbeat_url called, where there is one and no alarm is open at p_now. Returns whether. For watch.';
