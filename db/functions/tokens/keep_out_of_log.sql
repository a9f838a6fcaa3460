-- A server that logs statements logs what is bound to them, so a token that is added stands in its log. Before such a call logging
-- is switched off for its transaction, as far as our owner may. By set, not set_config(): Supabase lets its owner do this only so.
create or replace function basepool.keep_out_of_log()
returns text []
language plpgsql
volatile
security definer
-- with a set clause of their own these would be undone at the end of the function
set search_path = ''
as $$
declare
  v_setting record;
  v_logged text[] := array[]::text[];
begin
  for v_setting in
    select * from (
      values
      ('log_statement', 'none', array['none', 'ddl']),
      ('log_min_duration_statement', '-1', array['-1']),
      ('log_min_duration_sample', '-1', array['-1']),
      ('log_transaction_sample_rate', '0', array['0']),
      ('log_duration', 'off', array['off', 'on']),
      ('auto_explain.log_min_duration', '-1', array['-1']),
      ('pgaudit.log', 'none', array['none', '']),
      ('pgaudit.log_parameter', 'off', array['off']),
      ('log_parameter_max_length_on_error', '0', array['0']),
      ('log_parameter_max_length', '0', array['0'])
    ) as s (name, quiet, harmless)
    where current_setting(s.name, true) is not null
  loop
    continue when current_setting(v_setting.name) = any(v_setting.harmless);
    begin
      execute format('set local %s = %L', v_setting.name, v_setting.quiet);
    exception when insufficient_privilege then
      v_logged := v_logged || v_setting.name;
    end;
  end loop;
  -- without parameters the rest may be logged as it likes
  if not 'log_parameter_max_length' = any(v_logged) then
    v_logged := array(
      select l.name from unnest(v_logged) as l (name) where l.name like 'auto\_explain.%' or l.name = 'pgaudit.log_parameter'
        or l.name = 'log_parameter_max_length_on_error'
    );
  else
    -- it matters only to what logs
    v_logged := array_remove(v_logged, 'log_parameter_max_length');
  end if;
  return v_logged;
end
$$;

revoke all on function basepool.keep_out_of_log() from public, anon, authenticated, service_role;
grant execute on function basepool.keep_out_of_log() to basepool_glue;

comment on function basepool.keep_out_of_log() is
'Switches off, for the rest of the transaction, what would write a bound secret into the server''s log. For the glue, in the
transaction of a call that carries one and before it. Returns the settings that would still do so, because our owner may not
change them.';
