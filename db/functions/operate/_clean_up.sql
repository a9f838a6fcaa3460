-- What nobody answered for comes first: a call whose outcome is unknown is then looked for, instead of failed unasked.
create or replace function basepool._clean_up()
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
begin
  perform basepool._remove_surplus_seats();
  perform basepool._sync_listen_policy();
  return jsonb_build_object(
    'expired_leases', basepool.expire_leases(),
    'settled_again', basepool.settle_again(500),
    'failed_generations', basepool._fail_stuck_generations()
  );
end
$$;

revoke all on function basepool._clean_up() from public, anon, authenticated, service_role;

comment on function basepool._clean_up() is
'Marks calls that nobody answered for as unknown and fails stuck generations; removes the seats that a lowered limit has left;
makes the policy of Realtime that was not to be had before. Returns {expired_leases, settled_again,
failed_generations}. The job cleanup. For the owner and basepool.run_job.';
