-- What the burst uses of the limit can't be refilled: burst and refill together make the limit of a minute. Replicate counts
-- arrivals: those of one minute were granted within a minute and the longest delay, so that is what a limit has to last for.
create or replace function basepool._seconds_per_permit(p_per_minute integer, p_burst integer, p_delay interval)
returns numeric
language sql
immutable
set search_path = ''
as $$
  select (60 + extract(epoch from p_delay)) / greatest(1, p_per_minute - basepool._burst(p_per_minute, p_burst))
$$;

revoke all on function basepool._seconds_per_permit(integer, integer, interval) from public, anon, authenticated, service_role;

comment on function basepool._seconds_per_permit(integer, integer, interval) is
'Seconds in which the rate limiter regains one request under a limit of p_per_minute with a burst of p_burst (null: a tenth),
when a request is sent up to p_delay after it was granted.';
