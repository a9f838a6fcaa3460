-- "If token 4 were back", "limit 20": when is the queue drained, then? Before it is done, and without doing it.
create or replace function basepool.page_what_if(p_changes jsonb)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_changes constant jsonb := basepool._read_changes(p_changes);
  v_queue constant jsonb := basepool._queue_outlook(v_now);
begin
  return jsonb_build_object(
    'at', v_now
    , 'waiting', jsonb_build_object('count', v_queue -> 'count', 'capped', v_queue -> 'capped')
    , 'seconds_each', round((v_queue ->> 'seconds_each')::numeric, 1)
    , 'seconds_known', v_queue -> 'seconds_known'
    , 'now', basepool._forecast(v_now, '{}', v_queue)
    , 'then', basepool._forecast(v_now, v_changes, v_queue)
  );
end
$$;

revoke all on function basepool.page_what_if(jsonb) from public, anon, authenticated, service_role;
grant execute on function basepool.page_what_if(jsonb) to basepool_operator, basepool_glue;

comment on function basepool.page_what_if(jsonb) is
'When what waits will have been leased, as things are and as they would be. Changes nothing. p_changes: {"tokens": {"4":
{"is_active": true, "max_in_flight": 20}}, "creates_per_minute": {"2": 600} (by the account''s id), "hands": 50 (of all
workers)}, some of it or {}; is_active true ends a suspension and its account''s cooldown, as enable_token does. Returns {at,
waiting: {count, capped: there are more than 10,000}, seconds_each (how long one keeps a seat, null: nothing is known of the
models that wait), seconds_known (of which share of what waits that was learned), now: {per_minute, drained_at, done_at,
bound_by, seats, hands}, then: the same}; how that is worked out stands with _forecast. Within a tenth, or one duration, where
all takes about as long. Raises PT400, PT404 (no such account), TP005 (no such token). Definer: the rules are in tables that
nobody else reads.';
