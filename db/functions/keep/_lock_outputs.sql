-- Two who end the last two files of a generation at once would each see that one is missing, and nobody would show what was made.
create or replace function basepool._lock_outputs(p_generation uuid, p_waits boolean)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_key constant bigint := hashtextextended('basepool.output_files ' || p_generation, 0);
begin
  if not p_waits then
    return pg_try_advisory_xact_lock(v_key);
  end if;
  perform pg_advisory_xact_lock(v_key);
  return true;
end
$$;

revoke all on function basepool._lock_outputs(uuid, boolean) from public, anon, authenticated, service_role;

comment on function basepool._lock_outputs(uuid, boolean) is
'Whether this transaction has, from now to its end, the right to end files of p_generation. p_waits: it is waited for, in the order
of ids where there are several, and by nobody who holds rows that others wait for.';
