-- What does not even look like an item is nobody's: whoever needs it to be one finds it missing here and says so.
create or replace function basepool._parse_items(p_items jsonb, p_source text)
returns table (nth integer, attempt_id uuid, prediction jsonb, source text, webhook_id text, has_webhook boolean)
language sql
immutable
begin atomic
  select
    i.nth::integer,
    (i.value ->> 'attempt')::uuid,
    i.value -> 'prediction',
    coalesce(i.value ->> 'source', p_source),
    i.value ->> 'webhook_id',
    coalesce(i.value -> 'has_webhook' <> 'false', true)
  from jsonb_array_elements(p_items) with ordinality as i (value, nth)
  where
    i.value ->> 'attempt' ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
    and jsonb_typeof(i.value #> '{prediction,id}') = 'string' and i.value #>> '{prediction,id}' <> '';
end;

revoke all on function basepool._parse_items(jsonb, text) from public, anon, authenticated, service_role;

comment on function basepool._parse_items(jsonb, text) is
'Those of p_items that name an attempt and a prediction, with their place (nth, from 1). p_source: of those that name none.
Inlined.';
