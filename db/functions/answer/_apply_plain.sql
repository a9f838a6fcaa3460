-- What happens nearly always, for all items at once: a prediction goes on, or it has succeeded. Everything else, and everything
-- if one of them fails, is for _apply_item, one by one.
create or replace function basepool._apply_plain(p_items jsonb, p_source text)
returns table (nth integer, outcome text)
language plpgsql
volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := basepool.now();
  v_settings basepool.settings;
  v_plain record;
  v_begun integer := 0;
  v_ended integer := 0;
begin
  select s.* into v_settings from basepool.settings as s;
  -- each seat is looked up by its key and locked, in the order of seats, which attempts are named after
  with item as materialized (
    select distinct on (i.attempt_id) i.*, i.prediction ->> 'id' as prediction_id, i.prediction ->> 'status' as status
    from basepool._parse_items(p_items, p_source) as i
    where
      i.prediction ->> 'status' in ('starting', 'processing', 'succeeded')
      and i.source in ('answer', 'webhook', 'poll', 'cancel') and (i.source = 'webhook') = (coalesce(i.webhook_id, '') <> '')
    order by i.attempt_id, i.nth
  ),

  plain as (
    select i.*, s.prediction_id is null as is_new
      , case
        when s.prediction_id is not null and s.prediction_status = i.status then 'nothing new'
        when i.status = 'succeeded' then 'ends'
        else 'goes on'
      end as kind
    from item as i
    cross join lateral (
      select * from basepool.seats as o
      where o.id = basepool._seat_of(i.attempt_id) and o.attempt_id = i.attempt_id
      for no key update
    ) as s
    where
      s.state in ('submitting', 'running') and not s.found_by_search
      and (s.prediction_id is null or s.prediction_id = i.prediction_id)
      and (s.prediction_status is distinct from 'processing' or i.status <> 'starting')
      and basepool.is_active((select g.status from public.generations as g where g.id = s.generation_id))
      and (s.prediction_id is not null or not exists (select from basepool._suspicions(s.token_id)))
      and not exists (select from basepool._find_webhook(i.webhook_id))
  )

  select
    array_agg(p.nth) as nths,
    array_agg(case p.kind when 'nothing new' then 'unchanged' else 'applied' end) as outcomes,
    array_agg(p.attempt_id) as attempts,
    array_agg(p.webhook_id) as webhooks,
    array_agg(p.prediction_id) as prediction_ids,
    array_agg(p.status) as statuses,
    array_agg(p.attempt_id) filter (where p.kind <> 'ends') as going,
    array_agg(p.prediction_id) filter (where p.kind <> 'ends') as going_ids,
    array_agg(p.status) filter (where p.kind <> 'ends') as going_statuses,
    array_agg(p.has_webhook) filter (where p.kind <> 'ends') as going_webhooks,
    array_agg(p.attempt_id) filter (where p.kind = 'goes on' and p.is_new) as begun,
    array_agg(p.attempt_id) filter (where p.kind = 'ends') as ended,
    array_agg(p.prediction) filter (where p.kind = 'ends') as ended_predictions
  into v_plain
  from plain as p;
  if v_plain.nths is null then
    return;
  end if;

  if v_plain.going is not null then
    update basepool.seats as s
    set
      prediction_id = d.prediction_id
      , prediction_status = d.status
      , state = 'running'
      , heard_at = v_now
      , submitted_at = coalesce(s.submitted_at, v_now)
      , has_webhook = s.has_webhook and d.has_webhook
      , check_at = case when d.has_webhook then coalesce(s.check_at, v_now + basepool._expected_silence(s.model))
        else v_now + v_settings.poll_every end
    from unnest(v_plain.going, v_plain.going_ids, v_plain.going_statuses, v_plain.going_webhooks)
      as d (attempt_id, prediction_id, status, has_webhook)
    where s.id = basepool._seat_of(d.attempt_id) and s.attempt_id = d.attempt_id;
  end if;
  if v_plain.begun is not null then
    update public.generations as g
    set
      status = 'processing'
      , started_at = coalesce(g.started_at, s.leased_at)
      , replicate_prediction_id = s.prediction_id
      , replicate_token_index = s.token_id
    from unnest(v_plain.begun) as b (attempt_id)
    inner join basepool.seats as s on s.id = basepool._seat_of(b.attempt_id) and s.attempt_id = b.attempt_id
    where g.id = s.generation_id and basepool.is_active(g.status);
    get diagnostics v_begun = row_count;
  end if;

  if v_plain.ended is not null then
    perform basepool._end_attempts(v_plain.ended, 'succeeded', v_plain.ended_predictions);
    v_ended := basepool._complete_generations(v_plain.ended, v_plain.ended_predictions);
  end if;
  -- one of them was over by the time we had its row
  if v_ended <> coalesce(cardinality(v_plain.ended), 0) or v_begun <> coalesce(cardinality(v_plain.begun), 0) then
    raise exception using errcode = 'no_data_found';
  end if;

  insert into basepool.webhook_events (webhook_id, attempt_id, prediction_id, prediction_status, received_at, outcome)
  select w.webhook_id, w.attempt_id, w.prediction_id, w.status, v_now, w.outcome
  from unnest(v_plain.webhooks, v_plain.attempts, v_plain.prediction_ids, v_plain.statuses, v_plain.outcomes)
    as w (webhook_id, attempt_id, prediction_id, status, outcome)
  where w.webhook_id is not null
  order by w.webhook_id;
  return query select p.* from unnest(v_plain.nths, v_plain.outcomes) as p (nth, outcome);
end
$$;

revoke all on function basepool._apply_plain(jsonb, text) from public, anon, authenticated, service_role;

comment on function basepool._apply_plain(jsonb, text) is
'Applies those items of p_items (see apply_predictions) to their seats, which it locks, with which there is nothing
special. Returns their nth and outcome, applied or unchanged. Raises whatever one of them does; nothing was applied
then.';
