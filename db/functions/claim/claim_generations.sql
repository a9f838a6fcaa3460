-- The heart: pairs the fairest waiting generations with tokens. Short, and never waits for Replicate. It waits once, for a
-- limiter, holding nothing; the rest is its own by that lock (seats) or skipped when locked (queue). The app's row is only
-- read.
create or replace function basepool.claim_generations(p_worker text, p_max integer)
returns table (
  answer text,
  busy_until timestamptz,
  reason text,
  attempt_id uuid,
  generation_id uuid,
  attempt_no integer,
  token_id integer,
  account_id bigint,
  token text,
  route text,
  target text,
  input text,
  cancel_after_seconds integer,
  submit_timeout_seconds integer,
  send_within_seconds double precision
)
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
  v_now timestamptz := basepool.now();
  v_settings basepool.settings;
  v_choice record;
  v_waiting record;
  v_leases integer;
  v_hold record;
  v_is_held boolean := false;
  v_max integer := p_max;
begin
  if p_max is null or p_max not between 1 and 1000 then
    raise exception using
      errcode = 'PT400',
      message = format('p_max is %s', coalesce(p_max::text, 'null')),
      hint = 'Claim between 1 and 1000 generations at a time.';
  end if;
  if coalesce(p_worker, '') = '' then
    raise exception using
      errcode = 'PT400',
      message = 'p_worker is empty',
      hint = 'Name the worker, for example host:pid; attempts are shown with it.';
  end if;

  -- 1. retries whose time has come wait with the others
  if exists (select from basepool.queue as q where q.run_after <= v_now) then
    perform basepool._queue_due_retries(v_now);
  end if;

  -- what a person has paused, and what fails at Replicate
  if exists (select from basepool.pauses) or exists (select from basepool.breakers as b where b.opened_at is not null) then
    v_is_held := true;
    v_hold := basepool._look_at_holds(v_now);
    if v_hold.reason is not null then
      perform basepool._want_wake_up(true);
      select e.answer, e.busy_until, e.reason into answer, busy_until, reason
      from basepool._explain_no_lease(v_now, true, v_hold.reason, v_hold.busy_until) as e;
      perform basepool._note_refusal(v_now, p_worker, p_max, true, answer, busy_until, reason);
      return next;
      return;
    elsif v_hold.is_probe then
      v_max := 1;
    end if;
  end if;

  -- 2. the seats whose turn it is, and with them the right to lease
  v_choice := basepool._choose_tokens(v_max);

  -- 3. off the queue: those who are to have them; twice, where nobody waits but at a gate
  for v_try in 1..2 loop
    if v_is_held then
      v_waiting := basepool._take_unheld(coalesce(cardinality(v_choice.seats), 0), v_hold.is_probe);
    else
      v_waiting := basepool._take_waiting(coalesce(cardinality(v_choice.seats), 0));
    end if;
    exit when v_try = 2 or v_waiting.generations is not null or basepool._open_gates() = 0;
  end loop;
  v_now := basepool.now();
  if v_waiting.generations is null then
    perform basepool._want_wake_up(true);
    perform basepool._recover_overlooked();
    select e.answer, e.busy_until, e.reason into answer, busy_until, reason
    from basepool._explain_no_lease(v_now, v_choice.seats is not null) as e;
    perform basepool._note_refusal(v_now, p_worker, p_max, v_is_held, answer, busy_until, reason);
    return next;
    return;
  end if;

  -- as it was seen, for people
  select s.* into v_settings from basepool.settings as s;
  if v_settings.keep_decisions > interval '0' and basepool._may_note(v_now) then
    perform basepool._note_decision(
      v_now, p_worker, p_max, 'lease', null, null, v_is_held, v_choice.tokens, v_choice.turns, v_waiting.generations
    );
  end if;

  -- 4. the leases; one that was ended at this very moment is not sent. Eight sources: with one more the planner would no longer
  -- look for the best order of all (join_collapse_limit), and would read free seats that are dead
  return query
    update basepool.seats as s
    set
      attempt_id = basepool._name_attempt(s.id), generation_id = g.id, user_id = g.user_id, attempt_no = p.tries + 1
      , state = 'submitting', worker = p_worker
      , model = case when m.fault is null then g.replicate_model else left(g.replicate_model, 200) end
      , route = coalesce(r.route, m.route), input_hash = hashtextextended(i.body, 0), queue_tag = p.tag, queued_at = p.queued_at
      , leased_at = v_now
      , answer_due_at = v_now + v_settings.lease_time, has_webhook = true, checks = 0, found_by_search = false
      , submitted_at = null, prediction_id = null, prediction_status = null, predict_seconds = null, http_status = null
      , error = null, error_rule = null, decision = null, heard_at = null, check_at = null
    from unnest(v_choice.seats, v_waiting.generations, v_waiting.tags, v_waiting.tries, v_waiting.queued)
      as p (seat_id, generation_id, tag, tries, queued_at)
    -- looked up by its key, whatever the statistics say
    cross join lateral (select * from public.generations as o where o.id = p.generation_id offset 0) as g
    -- few models for many generations: what is worked out for one is kept
    cross join lateral (
      select o.*, basepool._cancel_after(g.replicate_model, v_settings.cancel_after) as cancel_after
      from basepool._parse_model(g.replicate_model) as o
      offset 0
    ) as m
    left join lateral (
      select o.route from basepool.model_routes as o where o.model = g.replicate_model and m.route = 'models' offset 0
    ) as r on true
    -- anybody with rights on the table may have changed it since the door: it is leased all the same, and fails alone
    cross join lateral basepool._check_input(g.replicate_input, v_settings.max_input_bytes, v_settings.max_input_depth) as i
    inner join public.replicate_tokens as t on true
    cross join lateral (select basepool._read_secret(t.token) as secret offset 0) as o
    where s.id = p.seat_id and g.status = 'pending' and t.id = s.token_id
    returning 'lease', null::timestamptz
      , coalesce(m.fault, i.fault, case when o.secret is null then basepool._explain_secret(t.token) end), s.attempt_id, g.id
      , s.attempt_no, t.id, t.account_id, o.secret, s.route, m.target, case when m.fault is null then i.body end
      , m.cancel_after, extract(epoch from v_settings.submit_timeout)::integer
      , extract(epoch from v_settings.send_within)::double precision;
  get diagnostics v_leases = row_count;
  if v_leases < cardinality(v_waiting.generations) then
    -- its token was deleted at this very moment
    perform basepool._queue_again(p.generation_id, p.tag, p.tries)
    from unnest(v_waiting.generations, v_waiting.tags, v_waiting.tries) as p (generation_id, tag, tries)
    inner join public.generations as g on g.id = p.generation_id
    where g.status = 'pending' and not exists (select from basepool.seats as s where s.generation_id = g.id);
    delete from basepool.cancellations as c
    where c.id = any(v_waiting.generations) and not exists (select from basepool.seats as s where s.generation_id = c.id);
  end if;

  -- 5. what they cost
  update basepool.limiters as l
  set
    creates_spent = basepool._spend_permits(l.creates_spent, p.step, p.leases, basepool._microseconds(v_now))
    , turn = greatest(l.turn, p.turn), served_tag = greatest(l.served_tag, p.tag)
  from (
    select p.account_id, max(p.step) as step, count(*)::integer as leases, max(p.turn) as turn, max(p.tag) as tag
    from unnest(v_choice.accounts, v_choice.steps, v_choice.turns, v_waiting.generations, v_waiting.tags)
      as p (account_id, step, turn, generation_id, tag)
    where p.generation_id is not null
    group by p.account_id
  ) as p
  where l.account_id = p.account_id;
  if v_choice.has_probe then
    perform basepool._begin_probes(v_choice.tokens[1:cardinality(v_waiting.generations)], v_now);
  end if;

  -- 6. where the next claim begins to look, and that nobody sleeps
  if exists (select from basepool.marks as m where m.moved_at <= v_now - interval '0.1 seconds') then
    perform basepool._open_gates();
    perform basepool._move_marks();
    perform basepool._recover_overlooked();
  end if;
  if (select w.is_wanted from basepool.wake_up as w) then
    perform basepool._want_wake_up(false);
  end if;
end
$$;

revoke all on function basepool.claim_generations(text, integer) from public, anon, authenticated, service_role;
grant execute on function basepool.claim_generations(text, integer) to basepool_glue;

comment on function basepool.claim_generations(text, integer) is
'Takes up to p_max (1 to 1000) of the generations that wait, pairs each with a token and leases it a seat. p_worker: who
claims. Returns one row per lease (answer lease): what to send (route: one of _parse_model''s, or latest: the latest version of
target is to be asked for; target, input: the text to be sent, Cancel-After in seconds), with which token, within how many
seconds it must be over, and within how many it must be sent, or else be given back (record_rejected with unsent:). input is
null where it was changed after the door into something that can''t be sent, and token where its secret can''t be used; reason
says why: report it (record_rejected with unsendable:, or unusable:). When nothing can be claimed, exactly one row: empty
(nothing waits; busy_until: when the next retry is due), busy (limits, cooldown, a pause or a breaker; busy_until: the earliest time
that may change, null when only the end of a prediction, or a person, can) or dead (reason: why no token is usable; busy_until: when
the next suspended one is probed). No row: what waited was cancelled at that moment; claim again. Raises PT400.';
