-- What an app needs to move credits, in one place: a generation that was deleted can't be looked up any more.
create or replace function basepool._settlement_details(p_generation public.generations, p_outcome text)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_known record;
  v_seconds numeric;
  v_model basepool.models;
  v_credits numeric;
begin
  select
    count(*)::integer as attempts
    , min(a.leased_at) as started_at
    , (array_agg(a.id order by a.attempt_no desc))[1] as attempt
    , (array_agg(a.prediction_id order by a.attempt_no desc))[1] as prediction_id
    -- the last one may not be over yet: what it says of itself comes with its result
    , sum(a.predict_seconds) filter (where a.finished_at is not null) as seconds
    , count(*) filter (where a.finished_at is null) as flying
  into v_known
  from basepool._all_attempts() as a
  where a.generation_id = p_generation.id;
  v_seconds := v_known.seconds;
  if v_known.flying > 0 and p_outcome in ('completed', 'failed') then
    v_seconds := coalesce(v_seconds + basepool._predict_seconds(p_generation.replicate_output), v_seconds
      , basepool._predict_seconds(p_generation.replicate_output));
  end if;

  v_model := basepool._find_model(p_generation.replicate_model);
  v_credits := case
    when p_outcome = 'cancelled before start' then 0
    when v_model.seconds_per_credit is not null and v_seconds is not null then ceil(v_seconds / v_model.seconds_per_credit)
    when v_model.outputs_per_credit is not null and p_outcome = 'completed'
      then ceil(greatest(1, coalesce(cardinality(p_generation.output_urls), 0)) / v_model.outputs_per_credit)
    else p_generation.cost_credits
  end;
  return jsonb_build_object(
    'user_id', p_generation.user_id, 'model', p_generation.replicate_model, 'cost_credits', p_generation.cost_credits
    , 'credits', v_credits, 'seconds', v_seconds, 'attempt', v_known.attempt, 'prediction_id'
    , coalesce(v_known.prediction_id, p_generation.replicate_prediction_id)
    , 'attempts', v_known.attempts, 'started_at', v_known.started_at
  );
end
$$;

revoke all on function basepool._settlement_details(public.generations, text) from public, anon, authenticated, service_role;

comment on function basepool._settlement_details(public.generations, text) is
'What the hook is told beside the outcome: user_id, model, cost_credits (its price at the door), credits (what it came to, by
basepool.models: 0 where nothing was sent), seconds (of metrics.predict_time, of all attempts; null: not known yet), attempt and
prediction_id (the last), attempts (how many), started_at (when the first was leased).';
