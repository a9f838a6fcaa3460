-- What became of a cancel: done, or to be tried again later.
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
begin
  perform basepool._lock_attempt(p_attempt);
  update basepool.attempts as a
  set
    -- 404: gone, or its time is over; there is nothing left to cancel
    cancel_done_at = case when p_http_status in (200, 202, 404, 410) then coalesce(a.cancel_done_at, basepool.now())
      else a.cancel_done_at end,
    cancel_requested_at = case when p_http_status in (200, 202, 404, 410) then a.cancel_requested_at
      else basepool.now() + interval '1 minute' end,
    error = coalesce(a.error, 'cancelling failed: ' || left(p_error, 500))
  where a.id = p_attempt and a.cancel_requested_at is not null;
end
$$;

revoke all on function basepool.record_cancellation(uuid, integer, text) from public, anon, authenticated, service_role;
grant execute on function basepool.record_cancellation(uuid, integer, text) to basepool_glue;

comment on function basepool.record_cancellation(uuid, integer, text) is
'Records the answer to a cancel. p_http_status: 200 and 404 mean done, anything else or null is tried again in a minute;
p_error: what went wrong. Raises TP001.';
