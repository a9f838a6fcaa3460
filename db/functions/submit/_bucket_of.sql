-- The same user is always on the same side of a percentage, whatever the model, and more percent only add users.
create or replace function basepool._bucket_of(p_user uuid)
returns integer
language sql
immutable
begin atomic
  select (((hashtextextended(p_user::text, 0) % 10000) + 10000) % 10000)::integer;
end;

revoke all on function basepool._bucket_of(uuid) from public, anon, authenticated, service_role;

comment on function basepool._bucket_of(uuid) is
'Where a user stands between 0 and 9999, by a hash that never changes: basepool.cutover takes those below 100 * percent. Inlined,
because every plain insert asks.';
