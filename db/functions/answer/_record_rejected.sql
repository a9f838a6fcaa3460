-- Replicate said no, or said nothing. What that means is for the rules to say, not for the caller.
create or replace function basepool._record_rejected(
  p_attempt uuid,
  p_source text,
  p_status integer,
  p_body text,
  out decision text,
  out rule text,
  out retry_at timestamptz
)
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_attempt basepool.attempts := basepool._lock_attempt(p_attempt);
  v_rule basepool.error_rules;
  v_error text;
  v_wait interval;
  v_verdict record;
begin
  -- cancelled meanwhile: what was refused for certain is nothing that could run, and counts no more
  if v_attempt.state = 'canceled' and v_attempt.prediction_id is null
    and exists (select from basepool.cancellations as c where c.id = p_attempt) then
    v_rule := basepool._classify_error(p_source, p_status, p_body);
    if v_rule.action <> 'find_out' then
      delete from basepool.lost_attempts as l where l.attempt_id = p_attempt;
      delete from basepool.cancellations as c where c.id = p_attempt;
      decision := 'cancelled';
      rule := v_rule.name;
      perform basepool._blame(v_attempt, v_rule, basepool._describe_error(p_status, p_body), basepool._parse_retry_after(p_body));
      return;
    end if;
  end if;
  -- found out by other means meanwhile, or taken away
  if v_attempt.state not in ('submitting', 'unknown') then
    raise exception using
      errcode = 'TP023',
      message = format('attempt %s is %s already', p_attempt, v_attempt.state),
      hint = 'Its lease ran out, or a webhook was faster; nothing was changed.';
  end if;

  if p_source = 'http' then
    v_rule := basepool._try_other_route(v_attempt, p_status, p_body);
  end if;
  if v_rule.name is null then
    v_rule := basepool._classify_error(p_source, p_status, p_body);
  end if;
  rule := v_rule.name;
  v_error := basepool._describe_error(p_status, p_body);
  v_wait := basepool._parse_retry_after(p_body);

  if v_rule.action = 'find_out' then
    decision := 'find_out';
    update basepool.seats as s
    set state = 'unknown', http_status = p_status, error = v_error, error_rule = v_rule.name
      , decision = 'find out whether it exists; it keeps its seat and is not repeated'
    where s.id = v_attempt.seat_id and s.attempt_id = p_attempt;
    -- most webhooks are faster than this
    perform basepool._lose_attempt(p_attempt, true, v_now + interval '2 seconds');
  else
    delete from basepool.lost_attempts as l where l.attempt_id = p_attempt;
    select v.* into v_verdict
    from basepool._end_and_decide(v_attempt, 'rejected', v_rule, v_error, v_wait, null, p_status) as v;
    decision := case when v_verdict.retry_at is null then 'fail' else 'retry' end;
    retry_at := v_verdict.retry_at;
  end if;
  perform basepool._blame(v_attempt, v_rule, v_error, v_wait);
end
$$;

revoke all on function basepool._record_rejected(uuid, text, integer, text) from public, anon, authenticated, service_role;

comment on function basepool._record_rejected(uuid, text, integer, text) is
'Records that a create was refused or not answered; see record_rejected.';
