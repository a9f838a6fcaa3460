-- How many requests the rate limiter lets through at once.
create or replace function basepool._burst(p_per_minute integer, p_burst integer)
returns integer
language sql
immutable
parallel safe
begin atomic
  select greatest(1, least(coalesce(p_burst, p_per_minute / 10), p_per_minute - 1));
end;

revoke all on function basepool._burst(integer, integer) from public, anon, authenticated, service_role;

comment on function basepool._burst(integer, integer) is
'Requests at once under a limit of p_per_minute: p_burst, null for a tenth; always at least 1 and less than the limit.
Inlined.';
