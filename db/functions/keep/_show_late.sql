-- Somebody held the generation when its last file was stored: it is told as soon as it can be.
create or replace function basepool._show_late(p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_state text;
  v_file record;
begin
  foreach v_state in array array['stored', 'failed'] loop
    for v_file in
      select f.generation_id, f.nth from basepool.output_files as f
      where f.state = v_state and f.again_at <= p_now
      order by f.again_at
      limit 50
      for update skip locked
    loop
      if basepool._lock_outputs(v_file.generation_id, p_waits => false) then
        perform basepool._show_outputs(v_file.generation_id, v_file.nth);
      end if;
    end loop;
  end loop;
end
$$;

revoke all on function basepool._show_late(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._show_late(timestamptz) is
'Shows up to 100 generations their files that could not be shown when these were stored or given up.';
