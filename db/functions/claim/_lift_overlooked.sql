-- What a transaction with an old snapshot has queued before the marks would never be read. It was to be first, and so it is now.
create or replace function basepool._lift_overlooked()
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_count integer;
begin
  update basepool.queue as q
  set tag = m.scan_from
  from basepool.marks as m
  where q.run_after is null and q.priority = m.priority and q.tag < m.scan_from;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

revoke all on function basepool._lift_overlooked() from public, anon, authenticated, service_role;

comment on function basepool._lift_overlooked() is
'Moves what waits before the marks to where claims look. Returns how many. Part of the job lift. For the owner and
basepool.run_job.';
