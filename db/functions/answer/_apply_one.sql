-- One thing that Replicate says: nearly always it is plain.
create or replace function basepool._apply_one(
  p_attempt uuid,
  p_prediction jsonb,
  p_source text,
  p_webhook_id text,
  p_has_webhook boolean
)
returns text
language plpgsql
volatile
set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
  v_outcome text;
begin
  begin
    v_outcome := basepool._apply_plain_one(p_attempt, p_prediction, p_source, p_webhook_id, p_has_webhook);
  exception when unique_violation then
    -- another attempt has this prediction, or its webhook was refused before
    v_outcome := null;
  end;
  if v_outcome is not null then
    return v_outcome;
  elsif p_source = 'answer' then
    return basepool._record_submitted(p_attempt, p_prediction, p_has_webhook);
  else
    return basepool._receive_prediction(p_attempt, p_prediction, p_source, p_webhook_id);
  end if;
end
$$;

revoke all on function basepool._apply_one(uuid, jsonb, text, text, boolean) from public, anon, authenticated, service_role;

comment on function basepool._apply_one(uuid, jsonb, text, text, boolean) is
'Applies what Replicate says about one attempt: by source answer as record_submitted does, else as apply_prediction. Returns
what they return, but applied where record_submitted says recorded.';
