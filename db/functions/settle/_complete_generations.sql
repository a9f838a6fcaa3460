-- Delivers: what succeeded is in the app's row, once, whoever gets there first. For many and, as _complete_generation, for one.
create or replace function basepool._complete_generations(p_attempts uuid [], p_predictions jsonb [])
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_count integer;
begin
  update public.generations as g
  set
    status = 'completed'
    , started_at = coalesce(g.started_at, a.leased_at)
    , completed_at = v_now
    , processing_time_ms = least(extract(epoch from (v_now - coalesce(g.started_at, a.leased_at))) * 1000, 2147483647)::integer
    , error_message = null
    , replicate_prediction_id = d.prediction ->> 'id'
    , replicate_token_index = a.token_id
    , replicate_output = d.prediction
    , output_urls = o.urls
    , output_text = case when o.urls is null then basepool._extract_output_text(d.prediction -> 'output') end
  from unnest(p_attempts, p_predictions) as d (attempt_id, prediction)
  -- looked up by its key, whatever the statistics say
  cross join lateral (select * from basepool.attempts as e where e.id = d.attempt_id offset 0) as a
  cross join lateral (select basepool._extract_output_urls(d.prediction -> 'output') as urls offset 0) as o
  where g.id = a.generation_id and basepool.is_active(g.status);
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

revoke all on function basepool._complete_generations(uuid[], jsonb[]) from public, anon, authenticated, service_role;

comment on function basepool._complete_generations(uuid[], jsonb[]) is
'Writes the results of p_attempts, which have ended with p_predictions, to their generations, as far as they are still active.
Returns how many.';
