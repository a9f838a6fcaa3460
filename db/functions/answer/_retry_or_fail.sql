-- What follows from an error rule for the generation: wait and try again, or fail for good. Decides once per attempt.
create or replace function basepool._retry_or_fail(
  p_attempt basepool.attempts,
  p_rule basepool.error_rules,
  p_error text,
  p_wait interval,
  p_prediction jsonb,
  out decision text,
  out retry_at timestamptz
)
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_same integer;
  v_tries integer;
  v_max_attempts integer;
  -- an error of these says nothing about the request: it does not use up the request's tries, and need not be waited out
  v_others constant text[] := array['token', 'account', 'nobody'];
  v_is_others constant boolean := p_rule.concerns = any(v_others);
  v_status text;
begin
  select g.status into v_status from public.generations as g where g.id = p_attempt.generation_id;
  if not coalesce(basepool.is_active(v_status), false) then
    decision := 'none: the generation is over';
    return;
  end if;

  select s.max_attempts into v_max_attempts from basepool.settings as s;
  select
    count(*) filter (where a.error_rule = p_rule.name),
    1 + count(*) filter (where r.concerns is null or r.concerns <> all(v_others) and r.max_retries is not null)
  into v_same, v_tries
  from basepool.attempts as a
  left join basepool.error_rules as r on r.name = a.error_rule
  where a.generation_id = p_attempt.generation_id and a.id <> p_attempt.id;

  if p_rule.action = 'retry'
    and (p_rule.max_retries is null or v_same < p_rule.max_retries and (v_is_others or v_tries < v_max_attempts)) then
    retry_at := v_now + case
      when v_is_others then coalesce(p_rule.retry_after, interval '0 seconds')
      else coalesce(p_wait, p_rule.retry_after, interval '1 second')
        * power(2, least(v_same, case when p_rule.max_retries is null then 2 else 6 end)) * (0.9 + 0.2 * random())
    end;
    decision := 'retry ' || v_same + 1 || coalesce(' of ' || p_rule.max_retries, '');
    -- one that Replicate never accepted is pending still
    update public.generations as g
    set status = 'pending', replicate_prediction_id = null
    where g.id = p_attempt.generation_id and g.status <> 'pending';
    perform basepool._queue_again(p_attempt.generation_id, p_attempt.queue_tag, p_attempt.attempt_no, retry_at);
  else
    decision := 'fail';
    perform basepool._settle_generation(p_attempt.generation_id, 'failed', p_error, p_prediction);
  end if;
end
$$;

revoke all on function basepool._retry_or_fail(basepool.attempts, basepool.error_rules, text, interval, jsonb)
from public, anon, authenticated, service_role;

comment on function basepool._retry_or_fail(basepool.attempts, basepool.error_rules, text, interval, jsonb) is
'Queues the generation of an attempt that failed again, or fails it. p_rule: the rule that matched; p_error: for error_message;
p_wait: how long the answer said to wait, or null; p_prediction: the failed prediction, or null. Returns decision (in words)
and retry_at.';
