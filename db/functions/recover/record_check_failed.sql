-- A check that got no prediction changes nothing about it; the attempt says why it was in vain.
create or replace function basepool.record_check_failed(
  p_attempt uuid,
  p_http_status integer,
  p_error text
)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_again_at timestamptz;
  v_attempt basepool.attempts := basepool._lock_attempt(p_attempt);
begin
  select basepool.now() + s.poll_every into v_again_at from basepool.settings as s;
  update basepool.seats as s
  set
    http_status = p_http_status,
    error = left('asking Replicate failed: ' || coalesce(p_error, ''), 1000),
    check_at = greatest(s.check_at, v_again_at)
  where s.id = v_attempt.seat_id and s.attempt_id = p_attempt;
end
$$;

revoke all on function basepool.record_check_failed(uuid, integer, text) from public, anon, authenticated, service_role;
grant execute on function basepool.record_check_failed(uuid, integer, text) to basepool_glue;

comment on function basepool.record_check_failed(uuid, integer, text) is
'Records that asking for a prediction failed; it is asked for again, at growing intervals. p_http_status: or null when there
was no answer. Raises TP001.';
