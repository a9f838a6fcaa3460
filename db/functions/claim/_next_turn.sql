-- Where the round is now. A token that joins or comes back starts there: it does not catch up on what it missed.
create or replace function basepool._next_turn()
returns bigint
language sql
volatile
set search_path = ''
as $$
  select coalesce(
    -- just before whoever is next
    (select min(c.start) - 1 from basepool._token_capacity(basepool.now()) as c where c.state = 'ready'),
    (select max(t.last_turn) from public.replicate_tokens as t),
    0
  )
$$;

revoke all on function basepool._next_turn() from public, anon, authenticated, service_role;

comment on function basepool._next_turn() is
'The virtual time at which a token that is new or comes back gets its first lease.';
