-- Without rights of its own: the API shows no function that has more than its caller. Its body is parsed when it is made, because
-- its callers have no usage of the schema basepool.
create or replace function public.explain_generation(p_id uuid)
returns jsonb
language sql
volatile
set search_path = ''
begin atomic
  select basepool.explain_own_generation(p_id);
end;

revoke all on function public.explain_generation(uuid) from public, anon, authenticated, service_role;
grant execute on function public.explain_generation(uuid) to authenticated, service_role;

comment on function public.explain_generation(uuid) is
'Why a generation is not running, as JSON: status, waits_for (worker, turn, slot, rate, cooldown, budget, model, recovery, pool,
pause, breaker, retry; answer, result, certainty once it was sent, hook once it has ended and can''t be settled; nobody, nothing),
reason, position (10001: or more), earliest_start (null when only the end of another prediction can tell), and for the service
role and who owns basepool (in the SQL editor) pool and workers: how each token and each worker is. Raises PT404. For
authenticated and service_role. Of one that is completed, reason says what became of its files, too.';
