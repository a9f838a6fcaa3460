-- A prediction carries no mark of ours. What there is to go by are model, version and input.
create or replace function basepool._recognize_prediction(p_model text, p_input jsonb, p_prediction jsonb)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_route text;
  v_target text;
  -- what is no text says nothing
  v_model constant text := case when jsonb_typeof(p_prediction -> 'model') = 'string' then p_prediction ->> 'model' end;
  v_version constant text := case when jsonb_typeof(p_prediction -> 'version') = 'string' then p_prediction ->> 'version' end;
  v_deployment constant text := case when jsonb_typeof(p_prediction -> 'deployment') = 'string'
    then p_prediction ->> 'deployment' end;
  -- what was replaced when it was read need not have been different
  v_is_changed constant boolean := coalesce(p_prediction #> '{basepool_replaced,in}' ?| array['', 'input'], false);
  v_verdicts text[];
begin
  -- of what is no model nothing was sent
  select m.route, m.target into v_route, v_target from basepool._parse_model(p_model) as m;
  v_verdicts := array[
    case
      when v_route = 'deployments' then case
        when lower(v_deployment) = lower(v_target) then 'same'
        when v_deployment is null then 'perhaps'
        else 'different'
      end
      when v_route = 'models' or v_target like '%:%' then case
        when lower(v_model) = lower(split_part(v_target, ':', 1)) then 'same'
        when v_model is null then 'perhaps'
        else 'different'
      end
      else 'same'
    end,
    case
      when v_route <> 'predictions' or v_version = right(v_target, 64) then 'same'
      -- official models keep theirs to themselves
      when coalesce(v_version, 'hidden') = 'hidden' then 'perhaps'
      else 'different'
    end,
    case
      when p_input is null or jsonb_typeof(p_prediction -> 'input') is distinct from 'object'
        or p_prediction -> 'data_removed' = 'true' or v_is_changed then 'perhaps'
      else basepool._compare_inputs(p_input, p_prediction -> 'input')
    end
  ];
  return case
    when v_route is null or 'different' = any(v_verdicts) then 'different'
    when 'perhaps' = any(v_verdicts) then 'perhaps'
    else 'same'
  end;
end
$$;

revoke all on function basepool._recognize_prediction(text, jsonb, jsonb) from public, anon, authenticated, service_role;

comment on function basepool._recognize_prediction(text, jsonb, jsonb) is
'Whether p_prediction, as Replicate lists it, is one of p_model with p_input, as it was sent (null: no longer known). Returns same,
different or perhaps. Source: Replicate''s OpenAPI document, schemas_prediction_response.';
