-- A person who pauses or resumes waits for the claims under way; they wait for nobody.
create or replace function basepool._lock_holds()
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('basepool.pauses', 0));
end
$$;

revoke all on function basepool._lock_holds() from public, anon, authenticated, service_role;

comment on function basepool._lock_holds() is
'Takes the lock of _try_lock_holds alone, until the end of the transaction.';
