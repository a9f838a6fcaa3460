-- What became of a cancel. That Replicate has taken it is not yet the end, which is heard of like every other.
create or replace function basepool.record_cancellation(
  p_attempt uuid,
  p_http_status integer,
  p_error text default null
)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_attempt constant basepool.attempts := basepool._lock_attempt(p_attempt);
  v_pause interval;
begin
  if p_error is not null then
    update basepool.attempts as a set error = coalesce(a.error, 'cancelling failed: ' || left(p_error, 500)) where a.id = p_attempt;
  end if;
  -- 404: gone, or its time is over; there is nothing left to cancel
  if p_http_status in (404, 410) or v_attempt.prediction_status in ('succeeded', 'failed', 'canceled', 'aborted') then
    delete from basepool.cancellations as c where c.id = p_attempt;
    return;
  end if;
  v_pause := case when p_http_status in (200, 202) then interval '5 seconds' else interval '1 minute' end;
  update basepool.cancellations as c
  set tries = c.tries + 1, again_at = basepool.now() + least(v_pause * power(2, least(c.tries, 10)), interval '1 minute')
  where c.id = p_attempt;
end
$$;

revoke all on function basepool.record_cancellation(uuid, integer, text) from public, anon, authenticated, service_role;
grant execute on function basepool.record_cancellation(uuid, integer, text) to basepool_glue;

comment on function basepool.record_cancellation(uuid, integer, text) is
'Records the answer to a cancel. p_http_status: 404 and 410 mean that there is nothing left, 200 and 202 that Replicate has taken
it: it is done when the prediction has ended (apply_prediction), and asked for again at pauses of 5 seconds to a minute until
then; so is anything else and null, in a minute. p_error: what went wrong. Raises TP001.';
