-- Round-robin through FOR UPDATE SKIP LOCKED. A row that is merely locked is not "no token": then this waits for one.
-- The account's row is locked along with the token's, because its limits are shared by all its tokens.
create or replace function basepool._choose_tokens(p_max integer)
returns integer []
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_candidates integer[];
  v_tokens integer[];
  v_waits_for integer;
  -- nobody gets further ahead of the round than this just because the others' rows are locked
  v_turns constant integer := greatest(2, p_max);
begin
  loop
    begin
      -- whoever waits holds nothing else, so it can wait as long as it takes; the account is locked weakly, because a foreign
      -- key's check (of an attempt that is being written) must not look like somebody choosing tokens
      if v_waits_for is not null then
        perform from public.replicate_tokens as t
        inner join basepool.accounts as a on a.id = t.account_id
        where t.id = v_waits_for
        for update of t for no key update of a;
      end if;

      select array_agg(l.id) into v_candidates
      from (
        select t.id
        from basepool._token_capacity(basepool.now()) as c
        inner join public.replicate_tokens as t on t.id = c.token_id
        inner join basepool.accounts as a on a.id = t.account_id
        where c.free > 0 and c.start < c.first_start + v_turns * c.stride
        order by c.start, c.token_id
        limit p_max
        for update of t skip locked for no key update of a skip locked
      ) as l;

      -- another claim may have taken the last place between our snapshot and our lock, so look again, at what is ours now
      select array_agg(c.token_id order by c.start, c.token_id) into v_tokens
      from basepool._token_capacity(basepool.now()) as c
      where c.token_id = any(v_candidates) and c.free > 0;
      exit when v_tokens is not null;
      -- lets go of what was locked in vain
      raise exception using errcode = 'no_data_found';
    exception when no_data_found then
      null;
    end;

    -- a random one of those whose turn it is, so that waiting claims do not all queue for the same
    select c.token_id into v_waits_for
    from basepool._token_capacity(basepool.now()) as c
    where c.free > 0 and c.start < c.first_start + v_turns * c.stride
    order by random()
    limit 1;
    exit when not found;
  end loop;
  return coalesce(v_tokens, array[]::integer[]);
end
$$;

revoke all on function basepool._choose_tokens(integer) from public, anon, authenticated, service_role;

comment on function basepool._choose_tokens(integer) is
'Locks up to p_max tokens that can take a lease now, with their accounts, and returns their ids in round-robin order. Empty
only when no token can take a lease; waits while those that can are locked by others.';
