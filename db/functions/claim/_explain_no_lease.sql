-- A claim that leases nothing says why: for lack of work first, for lack of a token only where somebody waits for one.
create or replace function basepool._explain_no_lease(
  p_now timestamptz,
  p_has_token boolean,
  p_hold text default null,
  p_hold_until timestamptz default null,
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
begin
  if exists (select from basepool.queue as q where q.run_after is null) then
    if p_hold is not null then
      answer := 'busy';
      busy_until := p_hold_until;
      reason := p_hold;
    elsif p_has_token then
      answer := 'empty';
      reason := 'others are claiming what waits';
    else
      select p.answer, p.busy_until, p.reason into answer, busy_until, reason from basepool._explain_pool(p_now) as p;
    end if;
    return;
  end if;

  busy_until := (select q.run_after from basepool.queue as q where q.run_after < 'infinity' order by q.run_after limit 1);
  if exists (select from basepool.queue as q where q.parked_for is not null) then
    answer := 'busy';
    select least(busy_until, min(h.until)), 'all that waits is held back: ' || string_agg(h.says, '; ' order by h.kind, h.name)
    into busy_until, reason
    from basepool._list_holds() as h
    where h.kind in ('model', 'user');
    reason := coalesce(reason, 'what was held back is about to wait with the others');
  elsif exists (select from basepool.queue as q where q.gate is not null and q.run_after = 'infinity') then
    answer := 'busy';
    reason := 'all that waits is of models of which no more may be in flight';
  else
    answer := 'empty';
    select count(*) into v_delayed from (select from basepool.queue as q where q.run_after < 'infinity' limit 1000) as q;
    reason := 'nothing waits' || case
      when v_delayed = 1000 then ', 1000 or more will be tried again later'
      when v_delayed > 0 then format(', %s will be tried again later', v_delayed)
      else ''
    end;
  end if;
end
$$;

revoke all on function basepool._explain_no_lease(timestamptz, boolean, text, timestamptz)
from public, anon, authenticated, service_role;

comment on function basepool._explain_no_lease(timestamptz, boolean, text, timestamptz) is
'What a claim answers that has found nothing to lease. p_has_token: whether it had a token; p_hold, p_hold_until: why it may lease
nothing at all, and until when. answer: empty, busy or dead, with busy_until and reason as claim_generations says.';
