-- The review's cleanup, in one small batch. What somebody is working on at this moment is left for the next run.
create or replace function basepool.fail_stuck_generations(p_max integer default 500)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_settings basepool.settings;
  v_generation uuid;
  v_count integer := 0;
begin
  select s.* into v_settings from basepool.settings as s;

  for v_generation in
    select g.id
    from public.generations as g
    where g.status in ('pending', 'queued', 'processing') and g.created_at <= basepool.now() - v_settings.stuck_after
    order by g.created_at
    limit p_max
    for no key update skip locked
  loop
    perform basepool._settle_generation(v_generation, 'failed', v_settings.stuck_message);
    perform basepool._cancel_attempts(v_generation, 'stuck for longer than ' || v_settings.stuck_after);
    v_count := v_count + 1;
  end loop;
  return v_count;
end
$$;

revoke all on function basepool.fail_stuck_generations(integer) from public, anon, authenticated, service_role;

comment on function basepool.fail_stuck_generations(integer) is
'Fails up to p_max generations that have been pending or processing for longer than settings.stuck_after, with
settings.stuck_message; frees their slots and has their predictions cancelled. Returns how many. Part of the job cleanup.
For the owner and basepool.run_job.';
