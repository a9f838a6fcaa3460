-- What is in flight and what is over look the same to whoever asks what was tried.
create or replace function basepool._all_attempts()
returns setof basepool.attempts
language sql
stable
begin atomic
  select
    s.attempt_id,
    s.generation_id,
    s.attempt_no,
    s.id,
    s.token_id,
    t.account_id,
    s.state,
    s.worker,
    s.model,
    s.queue_tag,
    s.queued_at,
    s.leased_at,
    s.submitted_at,
    null::timestamptz as finished_at,
    s.prediction_id,
    s.prediction_status,
    s.predict_seconds,
    s.http_status,
    s.error,
    s.error_rule,
    s.decision,
    s.found_by_search,
    null::xid8
  from basepool.seats as s
  inner join public.replicate_tokens as t on s.token_id = t.id
  where s.attempt_id is not null
  union all
  select a.*
  from basepool.attempts as a;
end;

revoke all on function basepool._all_attempts() from public, anon, authenticated, service_role;

comment on function basepool._all_attempts() is
'Every attempt: those in flight (finished_at is null; of basepool.seats) and those that are over (of basepool.attempts). One
is found by id and seat_id (_seat_of), or by its generation. Inlined.';
