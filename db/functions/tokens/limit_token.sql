-- Limits are changed while everything runs; they count from the next claim.
create or replace function basepool.limit_token(
  p_token_id integer,
  p_max_in_flight integer default null,
  p_weight integer default null,
  p_creates_per_minute integer default null,
  p_burst integer default null
)
returns table (token_id integer, max_in_flight integer, weight integer, account text, creates_per_minute integer, burst integer)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_account bigint;
  v_was jsonb;
begin
  perform from public.replicate_tokens as t where t.id = p_token_id for no key update;
  v_was := basepool._token_facts(p_token_id);
  update public.replicate_tokens as t
  set max_in_flight = coalesce(p_max_in_flight, t.max_in_flight), weight = coalesce(p_weight, t.weight)
  where t.id = p_token_id
  returning t.account_id into v_account;
  if not found then
    raise exception using
      errcode = 'TP005',
      message = format('there is no token %s', coalesce(p_token_id::text, 'null')),
      hint = 'See basepool tokens list for the ids.';
  end if;
  update basepool.accounts as a
  set creates_per_minute = coalesce(p_creates_per_minute, a.creates_per_minute), burst = coalesce(p_burst, a.burst)
  where a.id = v_account;
  perform pg_catalog.pg_notify('basepool_queue', '');
  if num_nonnulls(p_max_in_flight, p_weight, p_creates_per_minute, p_burst) > 0 then
    perform basepool._audit(
      'tokens limit', p_token_id::text, basepool._changes(v_was, basepool._token_facts(p_token_id))
    );
  end if;
  return query
    select t.id, t.max_in_flight, t.weight, coalesce(a.username, 'account ' || a.id), a.creates_per_minute
      , basepool._burst(a.creates_per_minute, a.burst)
    from public.replicate_tokens as t
    inner join basepool.accounts as a on a.id = t.account_id
    where t.id = p_token_id;
exception when check_violation then
  raise exception using
    errcode = 'PT400',
    message = basepool._printable(sqlerrm),
    hint = 'max_in_flight is 1 to 1000, weight 1 to 100; creates per minute and burst are at least 1.';
end
$$;

revoke all on function basepool.limit_token(integer, integer, integer, integer, integer)
from public, anon, authenticated, service_role;
grant execute on function basepool.limit_token(integer, integer, integer, integer, integer) to basepool_glue;

comment on function basepool.limit_token(integer, integer, integer, integer, integer) is
'Changes limits; null leaves one as it is. p_max_in_flight and p_weight are the token''s; p_creates_per_minute and p_burst are
its account''s, and so of all its tokens. Returns what counts now. Raises TP005, PT400.';
