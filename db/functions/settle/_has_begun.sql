-- What was sent may be paid for, whatever becomes of it: that is not given back for the asking.
create or replace function basepool._has_begun(p_generation uuid)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
begin
  if exists (select from basepool.seats as s where s.generation_id = p_generation) or exists (
    select from basepool.attempts as a where a.generation_id = p_generation and a.state not in ('rejected', 'aborted')
  ) then
    return true;
  elsif not exists (select from basepool.queue as q where q.generation_id = p_generation) then
    return false;
  end if;
  -- a claim that has it at this moment sends it
  perform from basepool.queue as q where q.generation_id = p_generation for update skip locked;
  return not found;
end
$$;

revoke all on function basepool._has_begun(uuid) from public, anon, authenticated, service_role;

comment on function basepool._has_begun(uuid) is
'Whether something of a generation was sent to Replicate, or may be, that may cost.';
