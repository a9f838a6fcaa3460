-- One claim again, as it was: which tokens could have been leased, whose turn it was, and why each of the others got nothing.
create or replace function basepool.page_decision(p_id bigint)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set enable_seqscan = off
set jit = off
as $$
declare
  v_turn constant numeric := 1000000;
  v_one basepool.decisions;
  v_latest bigint;
begin
  select d.* into v_one from basepool.decisions as d where d.id = p_id;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('there is no decision %s', coalesce(p_id::text, 'null')),
      hint = 'They are kept for settings.keep_decisions, and not across a crash of the server.';
  end if;
  v_latest := (select max(g.turn) from unnest(v_one.given_turns) as g (turn));
  return jsonb_build_object(
    'id', v_one.id
    , 'at', v_one.at
    , 'worker', v_one.worker
    , 'asked', v_one.asked
    , 'given', coalesce(cardinality(v_one.given), 0)
    , 'answer', v_one.answer
    , 'reason', v_one.reason
    , 'busy_until', nullif(v_one.busy_until, 'infinity')
    , 'tokens', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'token_id', s.token_id
        , 'name', coalesce(t.name, a.username)
        , 'state', s.state
        , 'free', s.free
        , 'turn', round(s.turn / v_turn, 2)
        , 'back_at', s.until
        , 'chosen', c.count
        , 'reason', case
          when c.count > 0 then format('its turn: it got %s', c.count)
          when s.state = 'ready' and s.turn >= v_latest then 'its turn comes after those that got one'
          when s.state = 'ready' then 'another claim had it in hand at that moment'
          when s.state = 'full' then 'all its seats were taken'
          when s.state = 'limited' then coalesce(s.reason, 'its account had used its creates a minute')
          when s.state = 'disabled' then 'it was disabled'
          when s.state = 'breaker' then 'Replicate failed: one create at a time tried it'
          when s.state = 'probing' then 'one lease was probing whether it works again'
          else coalesce(s.reason, 'it was ' || s.state)
        end
      ) order by s.turn nulls last, s.token_id), '[]')
      from unnest(v_one.tokens, v_one.states, v_one.free, v_one.turns, v_one.untils, v_one.reasons)
        as s (token_id, state, free, turn, until, reason)
      cross join lateral (
        select count(*) from unnest(v_one.given_tokens) as g (token_id) where g.token_id = s.token_id
      ) as c (count)
      left join public.replicate_tokens as t on t.id = s.token_id
      left join basepool.accounts as a on a.id = t.account_id
    )
    , 'given_to', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'generation_id', w.generation_id
        , 'user_id', g.user_id
        , 'model', left(g.replicate_model, 200)
        , 'token_id', w.token_id
        , 'turn', round(w.turn / v_turn, 2)
      ) order by w.nth), '[]')
      from unnest(v_one.given, v_one.given_tokens, v_one.given_turns) with ordinality as w (generation_id, token_id, turn, nth)
      left join public.generations as g on g.id = w.generation_id
    )
  );
end
$$;

revoke all on function basepool.page_decision(bigint) from public, anon, authenticated, service_role;
grant execute on function basepool.page_decision(bigint) to basepool_operator, basepool_glue;

comment on function basepool.page_decision(bigint) is
'One claim of basepool.decisions: {id, at, worker, asked, given, answer, reason, busy_until, tokens: [{token_id, name, state (as
_token_state says), free (how many of those asked for it could have taken), turn (in rounds, null: none of its seats was free),
back_at, chosen (how many it got), reason}], in the order of their turns, given_to: [{generation_id, user_id, model (null where
the generation is gone), token_id, turn}], in the order of the queue}. Raises PT404.';
