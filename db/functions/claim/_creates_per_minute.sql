-- Replicate announces a lower limit for a while when an account has little credit; it counts as long as that may be so.
create or replace function basepool._creates_per_minute(
  p_per_minute integer,
  p_throttled_per_minute integer,
  p_throttled_until timestamptz,
  p_now timestamptz
)
returns integer
language sql
immutable
parallel safe
begin atomic
  select case when p_throttled_until > p_now then least(p_throttled_per_minute, p_per_minute) else p_per_minute end;
end;

revoke all on function basepool._creates_per_minute(integer, integer, timestamptz, timestamptz)
from public, anon, authenticated, service_role;

comment on function basepool._creates_per_minute(integer, integer, timestamptz, timestamptz) is
'How many creates Replicate lets an account make in any minute at p_now; the others are columns of basepool.accounts. Inlined.';
