-- The rate limiter (GCRA): one timestamp instead of a history. A burst, and a refill at what the limit leaves after it, keep
-- the arrivals in every window of 60 seconds within the limit, wherever it begins.
create or replace function basepool._permits_left(
  p_spent_until timestamptz,
  p_per_minute integer,
  p_burst integer,
  p_delay interval,
  p_now timestamptz
)
returns integer
language sql
immutable
set search_path = ''
as $$
  select greatest(0, floor(
    (b.burst * b.step - greatest(0, extract(epoch from (p_spent_until - p_now)))) / b.step + 0.000001
  ))::integer
  from (
    select
      l.burst,
      basepool._seconds_per_permit(p_per_minute, p_burst, p_delay) as step
    from (select basepool._burst(p_per_minute, p_burst) as burst) as l
  ) as b
$$;

revoke all on function basepool._permits_left(timestamptz, integer, integer, interval, timestamptz)
from public, anon, authenticated, service_role;

comment on function basepool._permits_left(timestamptz, integer, integer, interval, timestamptz) is
'How many requests may be granted at p_now. p_spent_until: the limiter''s timestamp (null: never used); p_per_minute: the limit
for any 60 seconds; p_burst: how many at once, null for a tenth; p_delay: the longest time until one is sent. Returns 0 or more.';
