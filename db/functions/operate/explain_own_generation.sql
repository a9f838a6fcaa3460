-- For its user, who is told what he waits for, and for the service role and the owner of the database, who are told why, token by
-- token.
create or replace function basepool.explain_own_generation(p_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_is_service boolean := basepool._is_service_role() or basepool._is_owner();
  v_explanation jsonb;
begin
  if exists (select from public.generations as g where g.id = p_id and (g.user_id = auth.uid() or v_is_service)) then
    v_explanation := basepool._explain_generation(p_id);
  end if;
  if v_explanation is null then
    raise exception using
      errcode = 'PT404',
      message = format('there is no generation %s of yours', coalesce(p_id::text, 'null')),
      hint = 'Pass the id that submit_generation returned.';
  end if;
  return case when v_is_service then v_explanation else v_explanation - array['pool', 'workers', 'error'] end;
end
$$;

revoke all on function basepool.explain_own_generation(uuid) from public, anon, authenticated, service_role;
grant execute on function basepool.explain_own_generation(uuid) to authenticated, service_role;

comment on function basepool.explain_own_generation(uuid) is
'What public.explain_generation says and does, outside the schema that the API shows. Definer: a user has no rights on the queue
and the pool; only its user, the service role and who owns basepool are let through. For it alone, and so for authenticated and
service_role.';
