-- Whose lease is renewed at this very moment still holds it: that is waited for. Who takes a file over, or deletes it, may wait for
-- us meanwhile, so not for long.
create or replace function basepool._lock_file(p_lease uuid)
returns basepool.output_files
language plpgsql
volatile
set search_path = ''
set lock_timeout = '500ms'
as $$
declare
  v_file basepool.output_files;
begin
  select f.* into v_file from basepool.output_files as f where f.lease = p_lease for update skip locked;
  if not found then
    begin
      select f.* into v_file from basepool.output_files as f where f.lease = p_lease for update;
    exception when lock_not_available then
      -- it is somebody else's
      return null;
    end;
  end if;
  return v_file;
end
$$;

revoke all on function basepool._lock_file(uuid) from public, anon, authenticated, service_role;

comment on function basepool._lock_file(uuid) is
'Locks the file that is held by p_lease, and returns it; null where nobody holds that lease any more, or somebody has had the file
locked for half a second.';
