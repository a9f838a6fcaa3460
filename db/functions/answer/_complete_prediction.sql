-- What is missing of a prediction may be certain all the same: whom it is about, because it was asked for or its webhook names
-- the attempt; and that it exists, because the create was accepted.
create or replace function basepool._complete_prediction(p_prediction jsonb, p_known_id text, p_source text)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_prediction jsonb := p_prediction;
  v_id text;
begin
  if jsonb_typeof(v_prediction) is distinct from 'object' then
    return v_prediction;
  end if;
  if jsonb_typeof(v_prediction -> 'id') is distinct from 'string' or v_prediction ->> 'id' = '' then
    v_id := coalesce(
      p_known_id
      , substring(v_prediction #>> '{urls,get}' from '/predictions/([0-9A-Za-z]+)$')
      , substring(v_prediction #>> '{urls,cancel}' from '/predictions/([0-9A-Za-z]+)/cancel$')
    );
    v_prediction := v_prediction || jsonb_build_object('id', v_id);
  end if;
  if p_source = 'answer' and (jsonb_typeof(v_prediction -> 'status') is distinct from 'string' or v_prediction ->> 'status' = '') then
    v_prediction := v_prediction || '{"status": "starting"}';
  end if;
  return v_prediction;
end
$$;

revoke all on function basepool._complete_prediction(jsonb, text, text) from public, anon, authenticated, service_role;

comment on function basepool._complete_prediction(jsonb, text, text) is
'p_prediction with the id that it lacks or that is no text: p_known_id, that of its attempt, else what its own links name; and for
p_source answer with status starting where it has none. Where nothing is certain it stays without.';
