-- The other half of the rate limiter: granting requests moves its state.
create or replace function basepool._spend_permits(p_spent bigint, p_step bigint, p_count integer, p_now bigint)
returns bigint
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return greatest(p_spent, p_now) + p_count * p_step;
end
$$;

revoke all on function basepool._spend_permits(bigint, bigint, integer, bigint) from public, anon, authenticated, service_role;

comment on function basepool._spend_permits(bigint, bigint, integer, bigint) is
'The limiter''s state after p_count requests granted at p_now; see basepool._permits_left.';
