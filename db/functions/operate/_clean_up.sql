-- What nobody answered for comes first: a call whose outcome is unknown is then looked for, instead of failed unasked.
create or replace function basepool._clean_up()
returns jsonb
language sql
volatile
set search_path = ''
as $$
  select jsonb_build_object(
    'expired_leases', basepool.expire_leases(),
    'failed_generations', basepool._fail_stuck_generations(),
    'lifted', basepool._lift_overlooked(),
    'limits_lowered', basepool._remove_surplus_seats()
  )
$$;

revoke all on function basepool._clean_up() from public, anon, authenticated, service_role;

comment on function basepool._clean_up() is
'Marks calls that nobody answered for as unknown and fails stuck generations. Returns {expired_leases,
failed_generations, lifted, limits_lowered}. The
job cleanup. For the owner and basepool.run_job.';
