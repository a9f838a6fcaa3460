-- For its user, who is told what he waits for, and for the service role and the owner of the database, who are told why, token by
-- token.
create or replace function public.explain_generation(p_id uuid)
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

revoke all on function public.explain_generation(uuid) from public, anon, authenticated, service_role;
grant execute on function public.explain_generation(uuid) to authenticated, service_role;

comment on function public.explain_generation(uuid) is
'Why a generation is not running, as JSON: status, waits_for (worker, turn, slot, rate, cooldown, budget, model, recovery, pool,
pause, breaker, retry; answer, result, certainty once it was sent, hook once it has ended and can''t be settled; nobody, nothing),
reason, position (10001: or more), earliest_start (null when only the end of another prediction can tell), and for the service role
and who owns basepool (in the SQL editor) pool and workers: how each token and each worker is. Raises PT404. Definer: a user has no
rights on the queue and the pool; only its user and those two are let through. For authenticated and service_role. Of one that is completed, reason says what became of
its files, too.';
