-- _complete_generations for one.
create or replace function basepool._complete_generation(
  p_id uuid,
  p_prediction jsonb,
  p_token integer,
  p_leased_at timestamptz,
  p_late boolean default false
)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_output constant jsonb := p_prediction -> 'output';
  v_urls constant text[] := basepool._extract_output_urls(v_output);
  -- only in a tree can there be a text beside files
  v_text constant text := case
    when v_urls is null or basepool._is_tree(v_output) then basepool._extract_output_text(v_output)
  end;
  v_keeps boolean;
  v_is_removed constant boolean := v_urls is null and v_text is null and coalesce(p_prediction -> 'data_removed' = 'true', false);
begin
  if basepool._unsettled_because() is not null then
    insert into basepool.unsettled as u (generation_id, status, prediction, token_id, leased_at, reason, since, again_at)
    select g.id, 'completed', p_prediction, p_token, p_leased_at, basepool._unsettled_because(), v_now, v_now + interval '5 seconds'
    from public.generations as g
    where g.id = p_id and basepool.is_active(g.status)
    on conflict (generation_id) do nothing;
    return found;
  end if;
  update public.generations as g
  set
    status = 'completed'
    , started_at = coalesce(g.started_at, p_leased_at)
    , completed_at = v_now
    , processing_time_ms = least(extract(epoch from (v_now - coalesce(g.started_at, p_leased_at))) * 1000, 2147483647)::integer
    , error_message = case when v_is_removed then (select s.removed_message from basepool.settings as s) end
    , replicate_prediction_id = p_prediction ->> 'id'
    , replicate_token_index = p_token
    , replicate_output = p_prediction
    , output_urls = v_urls
    , output_text = v_text
  where g.id = p_id and (basepool.is_active(g.status) or (p_late and g.status = 'failed' and not v_is_removed))
  returning (select s.keep_outputs from basepool.settings as s) into v_keeps;
  if v_keeps and v_urls is not null then
    perform basepool._expect_files(array[p_id], array[p_prediction ->> 'completed_at']);
  end if;
  return v_keeps is not null;
end
$$;

revoke all on function basepool._complete_generation(uuid, jsonb, integer, timestamptz, boolean)
from public, anon, authenticated, service_role;

comment on function basepool._complete_generation(uuid, jsonb, integer, timestamptz, boolean) is
'Writes the result of an attempt, leased at p_leased_at on p_token, to its generation, unless that is over; p_late: also when
it has failed, if there is something to deliver. A result that Replicate has removed meanwhile completes the generation, and
its error_message says so (settings.removed_message). Returns whether it was written.';
