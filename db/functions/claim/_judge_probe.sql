-- Whether it works again is read from what became of the create that was to try it: so the way of an answer knows nothing of
-- breakers.
create or replace function basepool._judge_probe(p_breaker basepool.breakers, p_now timestamptz)
returns text
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_is_provider constant boolean := p_breaker.name = '';
  v_seat basepool.seats;
  v_attempt basepool.attempts;
  v_rule basepool.error_rules;
begin
  select s.* into v_seat
  from basepool.seats as s
  where s.generation_id = p_breaker.probe_generation and s.leased_at >= p_breaker.probed_at;
  if v_seat.id is not null then
    return case
      when v_is_provider and v_seat.state = 'running' then 'works'
      when v_seat.state = 'unknown' then case when v_is_provider then 'fails' else 'nothing' end
      when p_now < p_breaker.probed_at + case
        when v_is_provider then interval '0 seconds' else basepool._expected_silence(v_seat.model)
      end + (select s.submit_timeout from basepool.settings as s) then 'runs'
      else 'nothing'
    end;
  end if;

  select a.* into v_attempt
  from basepool.attempts as a
  where a.generation_id = p_breaker.probe_generation and a.leased_at >= p_breaker.probed_at
  order by a.attempt_no desc
  limit 1;
  select r.* into v_rule from basepool.error_rules as r where r.name = v_attempt.error_rule;
  return case
    when v_attempt.id is null then 'nothing'
    when v_is_provider then case
      when v_attempt.prediction_id is not null then 'works'
      when v_rule.breaker = 'provider' or v_rule.source = 'search' then 'fails'
      -- whatever it was, it was an answer
      when v_rule.source in ('http', 'route') then 'works'
      else 'nothing'
    end
    when v_attempt.state = 'succeeded' then 'works'
    when v_rule.breaker = 'model' then 'fails'
    -- it has done something about it
    when v_attempt.state = 'failed' then 'works'
    else 'nothing'
  end;
end
$$;

revoke all on function basepool._judge_probe(basepool.breakers, timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._judge_probe(basepool.breakers, timestamptz) is
'What the create that tries an open breaker has shown by p_now: works, fails, runs (it is not known yet), or nothing (it ended, or
takes too long, without having shown anything: another one may try).';
