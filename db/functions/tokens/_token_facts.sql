-- What a person can change of a token and of its account, for the audit: before, and after.
create or replace function basepool._token_facts(p_token_id integer)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'name', t.name
    , 'account', coalesce(a.username, 'account ' || a.id)
    , 'is_active', coalesce(t.is_active, false)
    , 'suspended_until', t.suspended_until
    , 'max_in_flight', t.max_in_flight
    , 'weight', t.weight
    , 'creates_per_minute', a.creates_per_minute
    , 'burst', a.burst
    , 'cooldown_until', a.cooldown_until
    , 'credit', a.credit
  )
  from public.replicate_tokens as t
  inner join basepool.accounts as a on a.id = t.account_id
  where t.id = p_token_id
$$;

revoke all on function basepool._token_facts(integer) from public, anon, authenticated, service_role;

comment on function basepool._token_facts(integer) is
'A token and the limits of its account as an object of small values, for _changes; no secret. Null where there is no such token.';
