-- One generation with all that was tried for it: the first thing to read when somebody asks what became of theirs.
create or replace function basepool.get_generation(p_id uuid)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_result jsonb;
begin
  select jsonb_build_object(
    'id', g.id, 'user_id', g.user_id, 'status', g.status, 'model', g.replicate_model, 'prompt', g.prompt
    , 'created_at', g.created_at, 'started_at', g.started_at, 'completed_at', g.completed_at
    , 'error_message', g.error_message, 'output_urls', g.output_urls, 'output_text', g.output_text
    , 'output_thumbs', g.output_thumbs
    , 'output_files', coalesce((
      select jsonb_agg(jsonb_build_object(
        'nth', f.nth, 'state', f.state, 'tries', f.tries, 'deadline', f.deadline, 'again_at', f.again_at, 'worker', f.worker
        , 'key', f.key, 'size', f.size, 'content_type', f.content_type, 'stored_at', f.stored_at
        , 'error_code', f.error_code, 'error', f.error
      ) order by f.nth)
      from basepool.output_files as f where f.generation_id = g.id
    ), '[]')
    , 'replaced', g.replicate_output -> 'basepool_replaced'
    , 'queue', (
      select jsonb_build_object(
        'queued_at', q.queued_at, 'run_after', nullif(q.run_after, 'infinity'), 'parked_for', q.parked_for
      )
      from basepool.queue as q where q.generation_id = g.id
    )
    , 'why', basepool._explain_generation(g.id)
    , 'attempts', coalesce((
      select jsonb_agg(jsonb_build_object(
        'id', a.id, 'attempt_no', a.attempt_no, 'token_id', a.token_id, 'state', a.state, 'worker', a.worker
        , 'prediction_id', a.prediction_id, 'prediction_status', a.prediction_status, 'leased_at', a.leased_at
        , 'submitted_at', a.submitted_at, 'finished_at', a.finished_at, 'http_status', a.http_status, 'error', a.error
        , 'rule', a.error_rule, 'decision', a.decision
        , 'check_at', (select s.check_at from basepool.seats as s where s.attempt_id = a.id and s.id = a.seat_id)
        , 'search_at', (select l.search_at from basepool.lost_attempts as l where l.attempt_id = a.id)
      ) order by a.attempt_no)
      from basepool._all_attempts() as a where a.generation_id = g.id
    ), '[]')
  ) into v_result
  from public.generations as g
  where g.id = p_id;
  if v_result is null then
    raise exception using
      errcode = 'PT404',
      message = format('there is no generation %s', coalesce(p_id::text, 'null')),
      hint = 'It may have been deleted: failed and cancelled ones are, after settings.delete_failed_after.';
  end if;
  return v_result;
end
$$;

revoke all on function basepool.get_generation(uuid) from public, anon, authenticated, service_role;
grant execute on function basepool.get_generation(uuid) to basepool_glue;

comment on function basepool.get_generation(uuid) is
'One generation as JSON: status, times, error, what of Replicate''s document could not be stored (replaced), why (as
public.explain_generation), its attempts with rule and decision, and what became of its files (output_files). Raises PT404.';
