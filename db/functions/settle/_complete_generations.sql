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
  v_ids uuid [];
  v_completed_at text [];
begin
  with done as (
    update public.generations as g
    set
      status = 'completed'
      , started_at = coalesce(g.started_at, a.leased_at)
      , completed_at = v_now
      , processing_time_ms = least(extract(epoch from (v_now - coalesce(g.started_at, a.leased_at))) * 1000, 2147483647)::integer
      , error_message = case
        when o.urls is null and t.text is null and d.prediction -> 'data_removed' = 'true'
          then (select s.removed_message from basepool.settings as s)
      end
      , replicate_prediction_id = d.prediction ->> 'id'
      , replicate_token_index = a.token_id
      , replicate_output = d.prediction
      , output_urls = o.urls
      , output_text = t.text
    from unnest(p_attempts, p_predictions) as d (attempt_id, prediction)
    -- looked up by its key, whatever the statistics say
    cross join lateral (select * from basepool.attempts as e where e.id = d.attempt_id offset 0) as a
    cross join lateral (select basepool._extract_output_urls(d.prediction -> 'output') as urls offset 0) as o
    -- only in a tree can there be a text beside files
    cross join lateral (
      select case
        when o.urls is null or basepool._is_tree(d.prediction -> 'output')
          then basepool._extract_output_text(d.prediction -> 'output')
      end as text
      offset 0
    ) as t
    where g.id = a.generation_id and basepool.is_active(g.status)
    returning g.id, d.prediction ->> 'completed_at' as completed_at, o.urls is not null as has_files
  )

  select count(*), array_agg(n.id) filter (where n.has_files), array_agg(n.completed_at) filter (where n.has_files)
  into v_count, v_ids, v_completed_at
  from done as n;
  if v_ids is not null and (select s.keep_outputs from basepool.settings as s) then
    perform basepool._expect_files(v_ids, v_completed_at);
  end if;
  return v_count;
end
$$;

revoke all on function basepool._complete_generations(uuid[], jsonb[]) from public, anon, authenticated, service_role;

comment on function basepool._complete_generations(uuid[], jsonb[]) is
'Writes the results of p_attempts, which have ended with p_predictions, to their generations, as far as they are still active;
see _complete_generation. Returns how many.';
