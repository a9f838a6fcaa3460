-- For the app's own calls to Replicate. Takes its turn and its share of the account's limit like a lease does, but is none: the
-- app does not say when it has finished.
create or replace function public.get_next_replicate_token()
returns table (id integer, token text)
language plpgsql
volatile
security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_sort = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz;
  v_choice record;
  v_pool record;
  v_is_paused boolean;
  v_problem text;
  v_hint text;
begin
  for v_try in 1..1000 loop
    v_now := basepool.now();
    v_is_paused := exists (select from basepool.pauses as p where p.kind = 'pool' and (p.until is null or p.until > v_now));
    exit when v_is_paused;
    v_choice := basepool._choose_tokens(1);
    v_now := basepool.now();
    exit when v_choice.seats is null;
    token := (select basepool._read_secret(t.token) from public.replicate_tokens as t where t.id = v_choice.tokens[1]);
    exit when token is not null;
    perform basepool._suspend_unusable(v_choice.tokens[1]);
  end loop;
  if token is null then
    select p.* into v_pool from basepool._explain_pool(v_now) as p;
    v_problem := case
      when v_is_paused then 'the pool is paused' when v_pool.answer = 'dead' then 'no token is usable' else 'every token is busy'
    end;
    v_hint := case
      when v_pool.busy_until is not null then format('Try again at %s.', v_pool.busy_until)
      when v_is_paused then 'Try again when it is resumed.'
      when v_pool.answer = 'busy' then 'Try again when a prediction has finished.'
      else 'See basepool tokens list.'
    end;
    -- an app that was there before us knows no error of this function's, only that it returns nothing
    if (select s.adopted from basepool.settings as s) then
      raise warning '%: %. %', v_problem, v_pool.reason, v_hint;
      return;
    end if;
    raise exception using errcode = 'PT503', message = v_problem, detail = v_pool.reason, hint = v_hint;
  end if;

  update basepool.limiters as l
  set
    creates_spent = basepool._spend_permits(l.creates_spent, v_choice.steps[1], 1, basepool._microseconds(v_now))
    , turn = greatest(l.turn, v_choice.turns[1])
  where l.account_id = v_choice.accounts[1];
  insert into basepool.token_uses (token_id, used_at) values (v_choice.tokens[1], v_now);
  -- the seat stays free, but its turn is used
  return query
    update basepool.seats as s
    set turn = basepool._next_turn(t.id, 1000000 / t.weight, v_choice.turns[1])
    from public.replicate_tokens as t
    where s.id = v_choice.seats[1] and t.id = s.token_id
    returning t.id, get_next_replicate_token.token;
end
$$;

revoke all on function public.get_next_replicate_token() from public, anon, authenticated, service_role;
grant execute on function public.get_next_replicate_token() to service_role;

comment on function public.get_next_replicate_token() is
'The next token of the round, for one create that the app makes by itself. Returns id and token, one row. A token that is merely
locked is waited for. Where none can be had (none is usable, all are at their limits, or the pool is paused) it raises PT503: detail
says why, hint until when; where the app was there before basepool it returns no row, as before, and the server''s log has the reason
(a warning). Definer: secrets and limits are nobody''s to read. For service_role.';
