-- Part of a claim while anything is held back: what is over ends here, by itself, and it is said whether anything may be claimed.
-- Whoever has a row at this moment, or the lock, is not waited for: he does the same.
create or replace function basepool._look_at_holds(
  p_now timestamptz,
  out reason text,
  out busy_until timestamptz,
  out is_probe boolean
)
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_over record;
  v_breaker basepool.breakers;
  v_outcome text;
  v_kind text;
begin
  if exists (select from basepool.pauses as p where p.until <= p_now) and basepool._try_lock_holds() then
    for v_over in
      delete from basepool.pauses as p
      where p.until <= p_now
      returning p.kind, p.name
    loop
      perform basepool._unpark(v_over.kind, v_over.name);
    end loop;
  end if;

  is_probe := false;
  for v_breaker in select b.* from basepool.breakers as b where b.opened_at is not null for no key update skip locked loop
    v_outcome := case
      when v_breaker.probe_generation is not null then basepool._judge_probe(v_breaker, p_now)
      -- for lack of work nobody has tried it: it is not known to fail any more
      when v_breaker.open_until < p_now - interval '10 minutes' then 'works'
    end;
    if v_outcome = 'works' then
      continue when not basepool._close_breaker(v_breaker.name);
    elsif v_outcome = 'fails' then
      update basepool.breakers as b
      set
        probe_generation = null, probed_at = null, tries = b.tries + 1
        , open_until = p_now + least(
          basepool._back_off(
            coalesce((select r.cool_down from basepool.error_rules as r where r.name = b.rule), '5 seconds'), b.tries + 1
          )
          , interval '30 seconds'
        )
      where b.name = v_breaker.name;
    elsif v_outcome = 'nothing' then
      update basepool.breakers as b set probe_generation = null, probed_at = null where b.name = v_breaker.name;
    end if;
    is_probe := is_probe or v_breaker.name = '' and v_breaker.open_until <= p_now
      and (v_breaker.probe_generation is null or v_outcome = 'nothing') and v_outcome is distinct from 'works';
  end loop;

  select h.says, h.until, h.kind into reason, busy_until, v_kind
  from basepool._list_holds() as h
  where h.kind = 'pool' or h.kind = 'provider' and not is_probe
  order by h.kind
  limit 1;
  if v_kind = 'provider' and busy_until is null then
    -- somebody is finding out
    busy_until := p_now + interval '1 second';
  end if;
end
$$;

revoke all on function basepool._look_at_holds(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._look_at_holds(timestamptz) is
'Ends the pauses whose time is over at p_now, and closes or prolongs the breakers that were tried. Returns why nothing may be
claimed, and until when (null: until a person resumes it), or a null reason where something may be; is_probe: one only, which shows
whether the provider works again.';
