-- "What became of this one?", from the queue to the store, without a word of what the user asked for.
create or replace function basepool.page_generation(p_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set lock_timeout = '400ms'
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
  v_why jsonb;
  v_attempts jsonb;
  v_webhooks jsonb;
  v_page jsonb;
begin
  v_why := basepool._explain_generation(p_id);
  if v_why is null then
    raise exception using
      errcode = 'PT404',
      message = format('there is no generation %s', coalesce(p_id::text, 'null')),
      hint = 'It may have been deleted: failed and cancelled ones are, after settings.delete_failed_after.';
  end if;

  select coalesce(jsonb_agg(jsonb_build_object(
    'attempt_id', a.id, 'attempt_no', a.attempt_no, 'token_id', a.token_id, 'account_id', a.account_id, 'state', a.state
    , 'worker', a.worker, 'model', basepool._printable(a.model), 'prediction_id', basepool._printable(a.prediction_id)
    , 'prediction_status', basepool._printable(a.prediction_status), 'queued_at', a.queued_at, 'leased_at', a.leased_at
    , 'submitted_at', a.submitted_at, 'finished_at', a.finished_at, 'predict_seconds', a.predict_seconds
    , 'http_status', a.http_status, 'error', basepool._printable(a.error), 'rule', a.error_rule, 'decision', a.decision
    , 'found_by_search', a.found_by_search
    , 'check_at', s.check_at, 'checks', s.checks, 'heard_at', s.heard_at
    , 'search_at', l.search_at, 'searches', l.searches, 'lost_at', l.lost_at
  ) order by a.attempt_no), '[]')
  into v_attempts
  from (
    select o.* from basepool._all_attempts() as o where o.generation_id = p_id order by o.attempt_no desc limit 100
  ) as a
  left join basepool.seats as s on s.id = a.seat_id and s.attempt_id = a.id
  left join basepool.lost_attempts as l on l.attempt_id = a.id;

  v_webhooks := basepool._webhooks_of(v_attempts);

  select jsonb_build_object(
    'generation', jsonb_build_object(
      'id', g.id, 'status', g.status, 'model', basepool._printable(g.replicate_model), 'action', g.action, 'user_id', g.user_id
      , 'created_at', g.created_at, 'queued_at', g.queued_at, 'started_at', g.started_at, 'completed_at', g.completed_at
      , 'settled_at', g.settled_at, 'error_message', basepool._printable(g.error_message)
      , 'cost_credits', g.cost_credits, 'priority', coalesce(q.priority, u.priority, 0), 'is_ours', g.queued_at is not null
      , 'idempotency_key', basepool._printable(g.idempotency_key)
      , 'waits_since', q.queued_at, 'run_after', nullif(q.run_after, 'infinity'), 'tries', q.tries
      , 'output_text', g.output_text is not null
      , 'replaced', g.replicate_output -> 'basepool_replaced' is not null
    )
    , 'why', v_why || jsonb_build_object(
      'says', basepool._printable(concat_ws(': ', v_why ->> 'reason', v_why ->> 'error')), 'earliest_at', v_why -> 'earliest_start'
    )
    , 'attempts', v_attempts
    , 'webhooks', v_webhooks
    , 'files', coalesce(f.files, basepool._urls_as_files(g.output_urls, g.output_thumbs))
    , 'retried_as', (select r.id from public.generations as r where r.retry_of = g.id)
    , 'retried_from', g.retry_of
  )
  into v_page
  from public.generations as g
  left join basepool.queue as q on q.generation_id = g.id
  left join basepool.user_limits as u on u.user_id = g.user_id
  left join lateral (
    select jsonb_agg(jsonb_build_object(
      'nth', o.nth, 'kind', o.content_type, 'state', o.state, 'url', basepool._cut_url(coalesce(o.url, o.source_url))
      , 'thumb_url', basepool._cut_url(o.thumb_url), 'is_private', o.is_private, 'size', o.size, 'width', o.width
      , 'height', o.height, 'seconds', o.seconds, 'tries', o.tries, 'deadline', o.deadline, 'again_at', o.again_at
      , 'stored_at', o.stored_at, 'failed_at', o.failed_at, 'error_code', o.error_code, 'error', basepool._printable(o.error)
    ) order by o.nth) as files
    from (select e.* from basepool.output_files as e where e.generation_id = g.id order by e.nth limit 100) as o
  ) as f on true
  where g.id = p_id;
  return v_page || jsonb_build_object('at', basepool.now(), 'timeline', basepool._timeline(v_page));
end
$$;

revoke all on function basepool.page_generation(uuid) from public, anon, authenticated, service_role;
grant execute on function basepool.page_generation(uuid) to basepool_glue, basepool_operator;

comment on function basepool.page_generation(uuid) is
'One generation as the operator''s page shows it: {at, generation, why, timeline, attempts, webhooks, files, retried_as,
retried_from}. why: as public.explain_generation, with says (one line) and earliest_at. timeline: all that happened, in order: at,
kind, says, and where they apply attempt_no, token_id, rule, decision. attempts: the last 100, with rule and decision. webhooks:
_webhooks_of. files: nth, kind (its content type), state, url and thumb_url (without their queries), size, width, height, error and
more; of one whose files are not kept: the links. No prompt, no input, no output text: page_input. Raises PT404.';
