-- What the burst uses of the limit can't be refilled: burst and refill together make the limit of a minute. Replicate counts
-- arrivals: those of one minute were granted within a minute and the longest delay, so that is what a limit has to last for.
create or replace function basepool._time_per_permit(p_per_minute integer, p_burst integer, p_delay bigint)
returns bigint
language sql
immutable
parallel safe
begin atomic
  -- each argument once: what is used twice keeps a function from being inlined
  select ceil((60000000 + p_delay)::double precision / greatest(1, p_per_minute - p_burst))::bigint;
end;

revoke all on function basepool._time_per_permit(integer, integer, bigint) from public, anon, authenticated, service_role;

comment on function basepool._time_per_permit(integer, integer, bigint) is
'Microseconds, rounded up, in which the rate limiter regains one request under a limit of p_per_minute with a burst of p_burst
(_burst), when a request is sent up to p_delay microseconds after it was granted. Inlined.';
