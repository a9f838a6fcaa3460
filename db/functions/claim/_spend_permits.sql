-- The other half of the rate limiter: granting requests moves its timestamp.
create or replace function basepool._spend_permits(
  p_spent_until timestamptz,
  p_per_minute integer,
  p_burst integer,
  p_delay interval,
  p_count integer,
  p_now timestamptz
)
returns timestamptz
language sql
immutable
set search_path = ''
as $$
  select greatest(p_spent_until, p_now)
    + p_count * basepool._seconds_per_permit(p_per_minute, p_burst, p_delay) * interval '1 second'
$$;

revoke all on function basepool._spend_permits(timestamptz, integer, integer, interval, integer, timestamptz)
from public, anon, authenticated, service_role;

comment on function basepool._spend_permits(timestamptz, integer, integer, interval, integer, timestamptz) is
'The limiter''s timestamp after p_count requests granted at p_now; see basepool._permits_left.';
