-- What happened is told once, in order, whichever table knows it.
create or replace function basepool._timeline(p_page jsonb)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  with events as (
    select
      e.at, e.place, e.kind, e.says, null::jsonb as attempt
    from (select p_page -> 'generation' as g) as o
    cross join lateral (
      values
      ((o.g ->> 'created_at')::timestamptz, 0, 'created', 'the app asked for it')
      , (
        case when p_page #>> '{attempts,0,queued_at}' is null then (o.g ->> 'queued_at')::timestamptz end, 1, 'queued', 'queued'
      )
      , (
        case when p_page #>> '{attempts,0,queued_at}' is not null then (o.g ->> 'waits_since')::timestamptz end, 99999, 'queued'
        , 'queued again'
      )
      , (
        (o.g ->> 'completed_at')::timestamptz, 100000, o.g ->> 'status'
        , concat_ws(': ', 'it is ' || (o.g ->> 'status'), o.g ->> 'error_message')
      )
      , ((o.g ->> 'settled_at')::timestamptz, 100001, 'settled', 'the app was told')
    ) as e (at, place, kind, says)
    union all
    select e.at, 10 * (a.value ->> 'attempt_no')::integer + e.place, e.kind, e.says, a.value
    from jsonb_array_elements(p_page -> 'attempts') as a
    cross join lateral (
      values
      (
        (a.value ->> 'queued_at')::timestamptz, 1, 'queued'
        , case when (a.value ->> 'attempt_no')::integer > 1 then 'queued again' else 'queued' end
      )
      , (
        (a.value ->> 'leased_at')::timestamptz, 2, 'leased'
        , format('attempt %s: token %s was taken by %s', a.value ->> 'attempt_no', a.value ->> 'token_id', a.value ->> 'worker')
      )
      , (
        (a.value ->> 'submitted_at')::timestamptz, 3, 'submitted'
        , concat_ws(' ', 'Replicate has it as prediction', a.value ->> 'prediction_id')
      )
      , (
        (a.value ->> 'lost_at')::timestamptz, 4, 'lost', 'its answer was lost; it is looked for'
      )
      , (
        case when coalesce((a.value ->> 'checks')::integer, 0) > 0 then (a.value ->> 'heard_at')::timestamptz end, 5, 'heard'
        , format('Replicate was heard last; it was asked %s times', a.value ->> 'checks')
      )
      , (
        (a.value ->> 'finished_at')::timestamptz, 7, 'attempt ' || (a.value ->> 'state')
        , concat_ws(
          '; ', concat_ws(': ', format('attempt %s %s', a.value ->> 'attempt_no', a.value ->> 'state'), a.value ->> 'error')
          , a.value ->> 'decision'
        )
      )
    ) as e (at, place, kind, says)
    union all
    select
      (w.value ->> 'at')::timestamptz, 10 * (w.value ->> 'attempt_no')::integer + 6
      , case when (w.value ->> 'refused')::boolean then 'webhook refused' else 'webhook' end
      , concat_ws(', ', 'webhook', w.value ->> 'status', w.value ->> 'outcome')
      , jsonb_build_object('attempt_no', w.value -> 'attempt_no')
    from jsonb_array_elements(p_page -> 'webhooks') as w
    union all
    select e.at, 100002, e.kind, format('file %s %s', f.value ->> 'nth', e.says), null
    from jsonb_array_elements(p_page -> 'files') as f
    cross join lateral (
      values
      ((f.value ->> 'stored_at')::timestamptz, 'stored', 'is in the store')
      , (
        (f.value ->> 'failed_at')::timestamptz, 'not stored'
        , concat_ws(': ', 'could not be kept', concat_ws(', ', f.value ->> 'error_code', f.value ->> 'error'))
      )
    ) as e (at, kind, says)
  )

  select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
    'at', e.at, 'kind', e.kind, 'says', e.says, 'attempt_no', e.attempt -> 'attempt_no', 'token_id', e.attempt -> 'token_id'
    , 'rule', case when e.kind like 'attempt %' then e.attempt -> 'rule' end
    , 'decision', case when e.kind like 'attempt %' then e.attempt -> 'decision' end
  )) order by e.at, e.place), '[]')
  from events as e
  where e.at is not null
$$;

revoke all on function basepool._timeline(jsonb) from public, anon, authenticated, service_role;

comment on function basepool._timeline(jsonb) is
'The timeline of page_generation, from the rest of it (p_page): what happened, by time; at the same time in the order in which it
follows from one another.';
