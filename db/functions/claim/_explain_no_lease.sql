-- A claim that leases nothing says why: for lack of work first, for lack of a token only where somebody waits for one.
create or replace function basepool._explain_no_lease(
  p_now timestamptz,
  p_has_token boolean,
  out answer text,
  out busy_until timestamptz,
  out reason text
)
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_delayed bigint;
  v_gated bigint;
begin
  if not exists (select from basepool.queue as q where q.run_after is null) then
    answer := 'empty';
    select min(nullif(q.run_after, 'infinity')), count(*) filter (where q.run_after < 'infinity')
      , count(*) filter (where q.run_after = 'infinity')
    into busy_until, v_delayed, v_gated
    from basepool.queue as q;
    reason := 'nothing waits' || case when v_delayed > 0 then format(', %s will be tried again later', v_delayed) else '' end
      || case when v_gated > 0 then format(', %s wait until fewer of their model are in flight', v_gated) else '' end;
  elsif p_has_token then
    answer := 'empty';
    reason := 'others are claiming what waits';
  else
    select p.answer, p.busy_until, p.reason into answer, busy_until, reason from basepool._explain_pool(p_now) as p;
  end if;
end
$$;

revoke all on function basepool._explain_no_lease(timestamptz, boolean) from public, anon, authenticated, service_role;

comment on function basepool._explain_no_lease(timestamptz, boolean) is
'What a claim answers that has found nothing to lease. p_has_token: whether it had a token. answer: empty, busy or dead, with
busy_until and reason as claim_generations says.';
