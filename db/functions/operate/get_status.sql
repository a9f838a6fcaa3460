-- The whole on one screen, within two seconds, whatever is locked: what can't be read is named, and who holds it.
create or replace function basepool.get_status()
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
set lock_timeout = '400ms'
as $$
declare
  v_section text;
  v_status jsonb := jsonb_build_object();
  v_unread jsonb := jsonb_build_array();
begin
  foreach v_section in array
    array[
      'generations', 'queue', 'pauses', 'attempts', 'last_hour', 'tokens', 'webhooks', 'searches', 'outputs', 'jobs', 'workers'
      , 'alerts', 'findings'
    ]
  loop
    begin
      v_status := v_status || jsonb_build_object(v_section, basepool._status_of(v_section));
    exception when lock_not_available then
      v_status := v_status || jsonb_build_object(v_section, null);
      v_unread := v_unread || to_jsonb(v_section);
      -- whoever holds that holds it a moment longer, and the rest is waited for, too
      perform set_config('lock_timeout', '50', true);
    end;
  end loop;
  return v_status || jsonb_build_object(
    'unread', v_unread,
    'blockers', (select coalesce(jsonb_agg(to_jsonb(b) order by b.since), '[]') from basepool._list_blockers() as b)
  );
end
$$;

revoke all on function basepool.get_status() from public, anon, authenticated, service_role;
grant execute on function basepool.get_status() to basepool_glue;

comment on function basepool.get_status() is
'Generations, queue, pauses, attempts in flight, the last hour, tokens, webhooks refused in it (at most 1000 are counted), per
account what its last search could not read, outputs (waiting, storing, stored_last_hour, failed_last_day, at most 10000 of each are
counted; oldest_deadline), last job runs, workers, alerts (the open alarms) and findings (what is wrong, one line each), as JSON. A part whose tables are
locked is null and named in unread; blockers: who holds what (pid, application, role, state, since, holds, waiting).';
