-- Replicate announces a lower limit for a while when an account has little credit; it counts as long as that may be so.
create or replace function basepool._creates_per_minute(p_account basepool.accounts, p_now timestamptz)
returns integer
language sql
immutable
parallel safe
begin atomic
  select case
    when p_account.throttled_until > p_now then least(p_account.throttled_per_minute, p_account.creates_per_minute)
    else p_account.creates_per_minute
  end;
end;

revoke all on function basepool._creates_per_minute(basepool.accounts, timestamptz)
from public, anon, authenticated, service_role;

comment on function basepool._creates_per_minute(basepool.accounts, timestamptz) is
'How many creates Replicate lets an account make in any minute at p_now. Inlined.';
