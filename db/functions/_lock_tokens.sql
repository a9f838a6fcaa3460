-- Round-robin through FOR UPDATE SKIP LOCKED. A row that is merely locked is not "no token": then this waits for one.
-- The account's row is locked along with the token's, because its limits are shared by all its tokens.
create or replace function basepool._lock_tokens(p_max integer)
returns integer []
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_candidates integer[];
  v_tokens integer[];
  v_waits_for integer;
  v_has_waited boolean := false;
begin
  while v_tokens is null loop
    select array_agg(l.id) into v_candidates
    from (
      select t.id
      from basepool._token_capacity(basepool.now()) as c
      inner join public.replicate_tokens as t on t.id = c.token_id
      inner join basepool.accounts as a on a.id = t.account_id
      where c.free > 0
      order by c.start, c.token_id
      limit p_max
      for update of t, a skip locked
    ) as l;

    -- another claim may have taken the last place between our snapshot and our lock, so look again, at what is ours now
    select array_agg(c.token_id order by c.start, c.token_id) into v_tokens
    from basepool._token_capacity(basepool.now()) as c
    where c.token_id = any(v_candidates) and c.free > 0;
    exit when v_tokens is not null;

    -- any of those that could be leased will do; a random one, so that waiting claims do not all queue for the same
    select c.token_id into v_waits_for
    from basepool._token_capacity(basepool.now()) as c
    where c.free > 0
    order by random()
    limit 1;
    exit when not found;

    -- waiting is safe from deadlock only while nothing is held: after the first wait, look again every few milliseconds
    if v_has_waited or v_candidates is not null then
      perform pg_catalog.pg_sleep(0.005);
    else
      perform from public.replicate_tokens as t where t.id = v_waits_for for update;
      v_has_waited := true;
    end if;
  end loop;
  return coalesce(v_tokens, array[]::integer[]);
end
$$;

revoke all on function basepool._lock_tokens(integer) from public, anon, authenticated, service_role;

comment on function basepool._lock_tokens(integer) is
'Locks up to p_max tokens that can take a lease now, with their accounts, and returns their ids in round-robin order.
Empty only when no token can take a lease; waits while those that can are locked by others. For functions of this schema
only.';
