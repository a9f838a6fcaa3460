-- Ends a generation without a result. It ends once, whoever gets there first.
create or replace function basepool._settle_generation(
  p_generation uuid,
  p_status text,
  p_error text default null,
  p_prediction jsonb default null
)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now timestamptz := basepool.now();
begin
  if basepool._unsettled_because() is not null then
    insert into basepool.unsettled as u (generation_id, status, error_message, prediction, reason, since, again_at)
    select g.id, p_status, p_error, p_prediction, basepool._unsettled_because(), v_now, v_now + interval '5 seconds'
    from public.generations as g
    where g.id = p_generation and basepool.is_active(g.status)
    on conflict (generation_id) do nothing;
    return found;
  end if;
  -- for the trigger let_go_of_failed
  perform set_config('basepool.settling', p_generation::text, true);
  update public.generations as g
  set
    status = p_status,
    completed_at = v_now,
    processing_time_ms = least(
      extract(epoch from (v_now - coalesce(g.started_at, v_now))) * 1000, 2147483647
    )::integer,
    error_message = p_error,
    replicate_output = coalesce(p_prediction, g.replicate_output)
  where g.id = p_generation and basepool.is_active(g.status);
  return found;
end
$$;

revoke all on function basepool._settle_generation(uuid, text, text, jsonb) from public, anon, authenticated, service_role;

comment on function basepool._settle_generation(uuid, text, text, jsonb) is
'Ends a generation that is still active. p_status: failed or cancelled; p_error: its error_message; p_prediction: the
prediction as Replicate has it. Returns whether it was ended now.';
