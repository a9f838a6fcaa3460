-- An attempt is named after its seat, so that its row is found without an index: one that changed with every claim would
-- cost more than the claim.
create or replace function basepool._seat_of(p_attempt uuid)
returns integer
language sql
immutable
parallel safe
begin atomic
  select ('x' || left(p_attempt::text, 8))::bit(32)::integer;
end;

revoke all on function basepool._seat_of(uuid) from public, anon, authenticated, service_role;

comment on function basepool._seat_of(uuid) is
'The seat whose attempt p_attempt is, or was. Inlined.';
