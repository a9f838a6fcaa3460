-- Replicate said no, or said nothing. What that means is for the rules to say, not for the caller.
create or replace function basepool.record_rejected(
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
security definer
set search_path = ''
as $$
declare
  v_attempt basepool.attempts := basepool._lock_attempt(p_attempt);
  v_rule basepool.error_rules;
  v_error text;
  v_wait interval;
  v_verdict record;
begin
  if p_source is null or p_source not in ('http', 'transport') then
    raise exception using
      errcode = 'PT400',
      message = format('p_source is %s', coalesce(quote_literal(p_source), 'null')),
      hint = 'Pass http for an answer of Replicate and transport for the lack of one.';
  end if;
  -- found out by other means meanwhile, or taken away
  if v_attempt.state not in ('submitting', 'unknown') then
    raise exception using
      errcode = 'TP023',
      message = format('attempt %s is %s already', p_attempt, v_attempt.state),
      hint = 'Its lease ran out, or a webhook was faster; nothing was changed.';
  end if;

  v_rule := basepool._classify_error(p_source, p_status, p_body);
  rule := v_rule.name;
  v_error := basepool._describe_error(p_status, p_body);
  v_wait := basepool._parse_retry_after(p_body);

  if v_rule.action = 'find_out' then
    decision := 'find_out';
    update basepool.attempts as a
    set state = 'unknown', http_status = p_status, error = v_error, error_rule = v_rule.name
      , decision = 'find out whether it exists; it keeps its slot and is not repeated'
    where a.id = p_attempt;
    -- most webhooks are faster than this
    perform basepool._lose_attempt(p_attempt, true, basepool.now() + interval '2 seconds');
    perform basepool._blame(v_attempt, v_rule, v_error, v_wait);
    return;
  end if;

  delete from basepool.lost_attempts as l where l.attempt_id = p_attempt;
  update basepool.attempts as a
  set state = 'rejected', slot_no = null, finished_at = basepool.now(), http_status = p_status, error = v_error
    , error_rule = v_rule.name, cancel_done_at = case when a.cancel_requested_at is not null then basepool.now() end
  where a.id = p_attempt
  returning a.* into v_attempt;
  select v.* into v_verdict from basepool._retry_or_fail(v_attempt, v_rule, v_error, v_wait, null) as v;
  update basepool.attempts as a set decision = v_verdict.decision where a.id = p_attempt;
  perform basepool._blame(v_attempt, v_rule, v_error, v_wait);

  decision := case when v_verdict.retry_at is null then 'fail' else 'retry' end;
  retry_at := v_verdict.retry_at;
end
$$;

revoke all on function basepool.record_rejected(uuid, text, integer, text) from public, anon, authenticated, service_role;
grant execute on function basepool.record_rejected(uuid, text, integer, text) to basepool_glue;

comment on function basepool.record_rejected(uuid, text, integer, text) is
'Records that a create was refused or not answered. p_source: http or transport; p_status: HTTP status, null for transport;
p_body: the raw body, or for transport a text that begins with unsent: (it was too late to send it: given back, at no cost),
connect: (no connection was made, so nothing was sent), timeout: or reset:. Returns decision (retry, fail, find_out: it may exist
and is not repeated), the rule''s name and retry_at. Raises TP023 (the attempt is running or over: nothing was changed), TP001,
PT400.';
