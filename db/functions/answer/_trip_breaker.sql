-- When nothing but such errors comes back, the next create would only be one more: a breaker opens. Counting waits for nobody;
-- whoever else is counting at this moment counts enough.
create or replace function basepool._trip_breaker(
  p_attempt basepool.attempts,
  p_rule basepool.error_rules,
  p_error text
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_name constant text := case p_rule.breaker when 'model' then basepool._model_name(p_attempt.model) else '' end;
  v_last basepool.breakers;
  v_is_in_a_row boolean;
  v_failures integer;
  v_opens boolean;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('basepool.breakers ' || v_name, 0)) then
    return;
  end if;
  select b.* into v_last from basepool.breakers as b where b.name = v_name;
  if v_last.opened_at is not null then
    return;
  end if;

  if v_name = '' then
    -- the seats are few; what they had before is still in them
    if exists (select from basepool.seats as s where s.submitted_at > p_attempt.leased_at) then
      return;
    end if;
    v_is_in_a_row := v_last.failed_at > v_now - interval '5 minutes'
      and not exists (select from basepool.seats as s where s.submitted_at > v_last.failed_at);
    -- one that fails again and again may be to blame itself
    if v_is_in_a_row and v_last.failed_generation = p_attempt.generation_id then
      return;
    end if;
  else
    v_is_in_a_row := v_last.failed_at > v_now - interval '5 minutes'
      and not exists (
        select from (
          select a.model, a.state from basepool.attempts as a
          where a.finished_at > v_last.failed_at
          order by a.finished_at desc limit 1000
        ) as a
        where a.state = 'succeeded' and basepool._model_name(a.model) = v_name
      );
  end if;
  v_failures := case when v_is_in_a_row then v_last.failures + 1 else 1 end;
  v_opens := v_failures >= p_rule.trips_after
    or v_name = '' and v_failures >= greatest(3, (select count(*) from basepool.seats));
  insert into basepool.breakers as b (name, failures, failed_at, failed_generation, rule, error, opened_at, open_until)
  values (
    v_name, v_failures, v_now, p_attempt.generation_id, p_rule.name, p_error
    , case when v_opens then v_now end, case when v_opens then v_now + basepool._back_off(p_rule.cool_down, 0) end
  )
  on conflict (name) do update
  set
    failures = excluded.failures, failed_at = excluded.failed_at, failed_generation = excluded.failed_generation
    , rule = excluded.rule, error = excluded.error, opened_at = excluded.opened_at, open_until = excluded.open_until, tries = 0;
end
$$;

revoke all on function basepool._trip_breaker(basepool.attempts, basepool.error_rules, text)
from public, anon, authenticated, service_role;

comment on function basepool._trip_breaker(basepool.attempts, basepool.error_rules, text) is
'Counts an error of a rule that has a breaker, and opens that when p_rule.trips_after have come in a row within five minutes of each
other: of the provider, of different generations and with no create accepted in between; of a model, with none of its predictions
succeeding. Nothing while it is open: _judge_probe has the word then.';
