-- What _apply_plain does, for one: several small statements cost half of what one costs that could do many. A test holds the two
-- to the same result.
create or replace function basepool._apply_plain_one(
  p_attempt uuid,
  p_prediction jsonb,
  p_source text,
  p_webhook_id text,
  p_has_webhook boolean
)
returns text
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_id constant text := p_prediction ->> 'id';
  v_status constant text := p_prediction ->> 'status';
  v_seat basepool.seats;
  v_is_new boolean;
  v_outcome text := 'applied';
begin
  if v_status in ('starting', 'processing', 'succeeded') and v_id <> '' and jsonb_typeof(p_prediction -> 'id') = 'string'
    and p_source in ('answer', 'webhook', 'poll', 'cancel')
    and (p_source = 'webhook') = (coalesce(p_webhook_id, '') <> '') then
    select s.* into v_seat from basepool.seats as s
    where s.id = basepool._seat_of(p_attempt) and s.attempt_id = p_attempt
    for no key update;
  end if;
  v_is_new := v_seat.prediction_id is null;
  if v_seat.id is null or v_seat.state not in ('submitting', 'running') or v_seat.found_by_search or v_seat.prediction_id <> v_id
    or (v_seat.prediction_status = 'processing' and v_status = 'starting')
    or (v_is_new and exists (select from basepool._suspicions(v_seat.token_id)))
    or (p_webhook_id is not null and exists (select from basepool._find_webhook(p_webhook_id))) then
    return null;
  end if;

  -- what is over is no plain matter, and nothing was written yet
  if v_seat.prediction_status = v_status then
    if basepool.is_active((select g.status from public.generations as g where g.id = v_seat.generation_id)) is not true then
      return null;
    end if;
    v_outcome := 'unchanged';
  elsif v_status = 'succeeded' then
    if not basepool._complete_generation(v_seat.generation_id, p_prediction, v_seat.token_id, v_seat.leased_at) then
      return null;
    end if;
    perform basepool._end_attempt(v_seat.id, v_status, p_prediction);
  elsif v_is_new then
    update public.generations as g
    set
      status = 'processing'
      , started_at = coalesce(g.started_at, v_seat.leased_at)
      , replicate_prediction_id = v_id
      , replicate_token_index = v_seat.token_id
    where g.id = v_seat.generation_id and basepool.is_active(g.status);
    if not found then
      return null;
    end if;
  elsif not basepool.is_active((select g.status from public.generations as g where g.id = v_seat.generation_id)) then
    return null;
  end if;

  if v_outcome = 'unchanged' or v_status <> 'succeeded' then
    update basepool.seats as s
    set
      prediction_id = v_id
      , prediction_status = v_status
      , state = 'running'
      , heard_at = v_now
      , submitted_at = coalesce(s.submitted_at, v_now)
      , has_webhook = s.has_webhook and p_has_webhook
      , check_at = case when p_has_webhook then coalesce(s.check_at, v_now + basepool._expected_silence(s.model))
        else v_now + (select o.poll_every from basepool.settings as o) end
    where s.id = v_seat.id;
  end if;
  if p_webhook_id is not null then
    insert into basepool.webhook_events (webhook_id, attempt_id, prediction_id, prediction_status, received_at, outcome)
    values (p_webhook_id, p_attempt, v_id, v_status, v_now, v_outcome);
  end if;
  return v_outcome;
end
$$;

revoke all on function basepool._apply_plain_one(uuid, jsonb, text, text, boolean)
from public, anon, authenticated, service_role;

comment on function basepool._apply_plain_one(uuid, jsonb, text, text, boolean) is
'Applies a prediction with which there is nothing special to the attempt, whose seat it locks; the arguments are those of
apply_prediction and record_submitted. Returns applied or unchanged, or null when it is for others; nothing was written then.';
