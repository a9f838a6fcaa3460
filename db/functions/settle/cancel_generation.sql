-- Without rights of its own: the API shows no function that has more than its caller. Its body is parsed when it is made, because
-- its callers have no usage of the schema basepool.
create or replace function public.cancel_generation(p_id uuid)
returns text
language sql
volatile
set search_path = ''
begin atomic
  select basepool.cancel_own_generation(p_id);
end;

revoke all on function public.cancel_generation(uuid) from public, anon, authenticated, service_role;
grant execute on function public.cancel_generation(uuid) to authenticated, service_role;

comment on function public.cancel_generation(uuid) is
'Cancels one''s own generation. p_id: its id. Returns cancelled or already cancelled. Raises PT404 (none of yours) and PT409 (it
has finished). For authenticated and service_role.';
