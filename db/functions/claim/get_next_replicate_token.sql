-- For the app's own calls to Replicate. Takes its turn and its share of the account's limit like a lease does, but is none: the
-- app does not say when it has finished.
create or replace function public.get_next_replicate_token()
returns table (id integer, token text)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_now timestamptz;
  v_token integer := (basepool._choose_tokens(1))[1];
  v_capacity record;
  v_pool record;
begin
  v_now := basepool.now();
  if v_token is null then
    select p.* into v_pool from basepool._explain_pool(v_now) as p;
    raise exception using
      errcode = 'PT503',
      message = case v_pool.answer when 'dead' then 'no token is usable' else 'every token is busy' end,
      detail = v_pool.reason,
      hint = case
        when v_pool.busy_until is not null then format('Try again at %s.', v_pool.busy_until)
        when v_pool.answer = 'busy' then 'Try again when a prediction has finished.'
        else 'See basepool tokens list.'
      end;
  end if;

  select c.* into v_capacity from basepool._token_capacity(v_now) as c where c.token_id = v_token;
  update basepool.accounts as a
  set creates_spent_until = basepool._spend_permits(
    a.creates_spent_until, v_capacity.per_minute, a.burst, s.send_within, 1, v_now
  )
  from basepool.settings as s
  where a.id = v_capacity.account_id;
  return query
    update public.replicate_tokens as t
    set
      turn = v_capacity.start + v_capacity.stride, last_turn = v_capacity.start, last_used_at = v_now
      , request_count = coalesce(t.request_count, 0) + 1
    where t.id = v_token
    returning t.id, basepool._read_secret(t.token);
end
$$;

revoke all on function public.get_next_replicate_token() from public, anon, authenticated, service_role;
grant execute on function public.get_next_replicate_token() to service_role;

comment on function public.get_next_replicate_token() is
'The next token of the round, for one create that the app makes by itself. Returns id and token, always one row. A token that
is merely locked is waited for. Raises PT503 (none is usable, or all are at their limits; detail says why, hint until when).
Definer: secrets and limits are nobody''s to read. For service_role.';
