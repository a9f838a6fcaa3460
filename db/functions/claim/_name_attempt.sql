-- See _seat_of. What is left is random enough: 90 bits.
create or replace function basepool._name_attempt(p_seat integer)
returns uuid
language plpgsql
volatile
set search_path = ''
as $$
begin
  return (lpad(to_hex(p_seat), 8, '0') || substr(gen_random_uuid()::text, 9))::uuid;
end
$$;

revoke all on function basepool._name_attempt(integer) from public, anon, authenticated, service_role;

comment on function basepool._name_attempt(integer) is
'A new attempt id for a lease of a seat.';
