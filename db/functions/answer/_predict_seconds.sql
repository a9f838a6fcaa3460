-- A measure that can't be read must not hide what was paid for.
create or replace function basepool._predict_seconds(p_prediction jsonb)
returns numeric
language sql
immutable
begin atomic
  select case jsonb_typeof(p_prediction #> '{metrics,predict_time}')
    when 'number' then
      case when (p_prediction #>> '{metrics,predict_time}')::numeric between 0 and 2592000
        then (p_prediction #>> '{metrics,predict_time}')::numeric end
    when 'string' then
      substring(
        p_prediction #>> '{metrics,predict_time}' from '^\s*([0-9]{1,6}([.][0-9]{1,12})?)\s*(?:s|sec|seconds?)?\s*$'
      )::numeric
  end;
end;

revoke all on function basepool._predict_seconds(jsonb) from public, anon, authenticated, service_role;

comment on function basepool._predict_seconds(jsonb) is
'metrics.predict_time of a prediction in seconds, also where it is written as text ("1.5s"). Null for what is no time of at most
30 days. Inlined.';
