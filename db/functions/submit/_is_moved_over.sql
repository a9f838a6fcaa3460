-- The side of a user. Inlined, because every plain insert asks.
create or replace function basepool._is_moved_over(p_user uuid, p_percent numeric)
returns boolean
language sql
immutable
begin atomic
  select p_percent >= 100 or basepool._bucket_of(p_user) < 100 * p_percent;
end;

revoke all on function basepool._is_moved_over(uuid, numeric) from public, anon, authenticated, service_role;

comment on function basepool._is_moved_over(uuid, numeric) is
'Whether p_user is one of the p_percent percent of the users that were moved over; null where either is missing.';
