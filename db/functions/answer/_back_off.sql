-- Pauses double with each failure in a row, an hour at most; a little chance keeps what failed together from coming back
-- together.
create or replace function basepool._back_off(p_first interval, p_failures integer)
returns interval
language sql
volatile
set search_path = ''
as $$
  select least(p_first * power(2, least(p_failures, 10)), interval '1 hour') * (1 + 0.1 * random())
$$;

revoke all on function basepool._back_off(interval, integer) from public, anon, authenticated, service_role;

comment on function basepool._back_off(interval, integer) is
'How long to pause after p_failures failures in a row, when the first pause is p_first: doubled each time, an hour at most,
and up to a tenth longer by chance.';
