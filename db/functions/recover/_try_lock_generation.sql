-- For who has many to go through: what somebody is working on at this moment is left for the next time.
create or replace function basepool._try_lock_generation(p_id uuid)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
begin
  if exists (select from basepool.seats as s where s.generation_id = p_id) then
    perform from basepool.seats as s where s.generation_id = p_id for no key update skip locked;
    if not found then
      return false;
    end if;
  end if;
  perform from public.generations as g where g.id = p_id and basepool.is_active(g.status) for no key update skip locked;
  return found;
end
$$;

revoke all on function basepool._try_lock_generation(uuid) from public, anon, authenticated, service_role;

comment on function basepool._try_lock_generation(uuid) is
'Locks the seat of a generation, if it has one, and the generation, without waiting. Returns false when one of them is locked
by somebody else, or it is over.';
