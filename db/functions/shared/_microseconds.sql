-- The rate limiters count in whole numbers, which are exact and cheap.
create or replace function basepool._microseconds(p_time timestamptz)
returns bigint
language sql
stable
parallel safe
begin atomic
  select (date_part('epoch', p_time) * 1000000)::bigint;
end;

revoke all on function basepool._microseconds(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._microseconds(timestamptz) is
'A time in microseconds since 1970. Inlined.';
