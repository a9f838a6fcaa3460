-- Why a token got nothing can be asked an hour later: a claim leaves what it saw. It is read again from the rows that the claim
-- went by, which are as they were, since nothing is leased yet; and not from a plan that is made anew each time.
create or replace function basepool._note_decision(
  p_now timestamptz,
  p_worker text,
  p_asked integer,
  p_answer text,
  p_reason text,
  p_busy_until timestamptz,
  p_is_held boolean,
  p_tokens integer [],
  p_turns bigint [],
  p_generations uuid []
)
returns void
language plpgsql
volatile
set search_path = ''
-- as in _choose_token: what is read side by side
set enable_mergejoin = on
set enable_nestloop = off
as $$
declare
  v_delay constant bigint := basepool._longest_delay();
  v_count constant integer := cardinality(p_generations);
  v_has_breaker boolean := false;
  v_is_paused boolean := false;
begin
  if p_is_held then
    v_has_breaker := exists (select from basepool.breakers as b where b.name = '' and b.opened_at is not null);
    v_is_paused := exists (select from basepool.pauses as p where p.kind = 'pool' and (p.until is null or p.until > p_now));
  end if;
  insert into basepool.decisions (
    at, worker, asked, answer, reason, busy_until, tokens, states, free, turns, untils, reasons, given_tokens, given_turns, given
  )
  select
    p_now, left(p_worker, 200), p_asked, p_answer, left(p_reason, 2000), p_busy_until
    , coalesce(array_agg(c.id), '{}'), coalesce(array_agg(c.state), '{}')
    , coalesce(array_agg(case when c.state = 'ready' then least(c.leases, c.free) else 0 end), '{}')
    , coalesce(array_agg(c.turn), '{}')
    , coalesce(array_agg(
      case c.state
        when 'suspended' then c.suspended_until
        when 'cooling' then c.cooldown_until
        when 'paused' then nullif(c.paused_until, 'infinity')
        when 'spent' then c.over_budget_until
        when 'probing' then greatest(c.suspended_until, c.probing_until)
        when 'limited' then to_timestamp(c.creates_spent / 1000000.0)
      end
    ), '{}')
    , coalesce(array_agg(
      left(case c.state
        when 'suspended' then c.suspended_reason
        when 'cooling' then c.cooldown_reason
        when 'paused' then c.pause_reason
        when 'spent' then c.over_budget_reason
      end, 200)
    ), '{}')
    , p_tokens[1:v_count], p_turns[1:v_count], p_generations
  from (
    select
      t.id, t.suspended_until, t.suspended_reason, a.cooldown_until, a.cooldown_reason, a.paused_until, a.pause_reason
      , a.over_budget_until, a.over_budget_reason, a.probing_until, l.creates_spent, o.leases, s.turn, s.free
      , basepool._token_state(
        p_now, t.is_active, t.suspended_at, t.suspended_until, a.cooldown_until, a.over_budget_until, a.probing_until
        , v_is_paused or a.paused_until > p_now, v_has_breaker, false, null, s.turn is null, o.token_id is not null
      ) as state
    from public.replicate_tokens as t
    inner join basepool.accounts as a on a.id = t.account_id
    inner join basepool.limiters as l on l.account_id = a.id
    left join basepool._open_tokens(p_now, v_delay) as o on o.token_id = t.id
    left join lateral (
      -- no more are counted than could have been given
      select min(f.turn) as turn, count(*)::integer as free
      from (
        select f.turn from basepool.seats as f
        where
          f.token_id = t.id and f.attempt_id is null and f.turn >= coalesce(o.lowest, 0) and f.id < t.id * 1000 + t.max_in_flight
        order by f.turn
        limit p_asked
      ) as f
    ) as s on true
    order by t.id
  ) as c;
end
$$;

revoke all on function basepool._note_decision(
  timestamptz, text, integer, text, text, timestamptz, boolean, integer [], bigint [], uuid []
) from public, anon, authenticated, service_role;

comment on function basepool._note_decision(
  timestamptz, text, integer, text, text, timestamptz, boolean, integer [], bigint [], uuid []
) is
'Writes a row of basepool.decisions, before anything is leased. p_is_held: whether something is paused, or a breaker open; p_tokens,
p_turns: of the seats that were chosen, p_generations: what was taken off the queue for them, null where nothing was. Part of claims,
by _may_note.';
