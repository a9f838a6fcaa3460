-- The rate limiter (GCRA): one number instead of a history. A burst, and a refill at what the limit leaves after it, keep
-- the arrivals in every window of 60 seconds within the limit, wherever it begins.
create or replace function basepool._permits_left(p_spent bigint, p_step bigint, p_burst integer, p_now bigint)
returns integer
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return greatest(0, (p_burst * p_step - greatest(0, p_spent - p_now)) / p_step)::integer;
end
$$;

revoke all on function basepool._permits_left(bigint, bigint, integer, bigint) from public, anon, authenticated, service_role;

comment on function basepool._permits_left(bigint, bigint, integer, bigint) is
'How many requests may be granted at p_now. p_spent: the limiter''s state; p_step: _time_per_permit; p_burst: _burst. Both
times in microseconds since 1970. Returns 0 or more.';
