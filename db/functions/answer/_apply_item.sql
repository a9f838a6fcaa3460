-- An item is what Replicate says about a prediction, or that a create was refused or not answered.
create or replace function basepool._apply_item(
  p_item jsonb,
  p_source text,
  out outcome text,
  out rule text,
  out retry_at timestamptz
)
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_source constant text := coalesce(p_item ->> 'source', p_source);
  v_attempt uuid;
begin
  begin
    v_attempt := (p_item ->> 'attempt')::uuid;
  exception when invalid_text_representation then
    v_attempt := null;
  end;
  if v_attempt is null then
    raise exception using
      errcode = 'PT400',
      message = 'the item names no attempt',
      hint = 'Pass {"attempt": <uuid>, ...} with the id of the claim, or of the webhook''s URL.';
  elsif v_source in ('http', 'transport') then
    select r.decision, r.rule, r.retry_at into outcome, rule, retry_at
    from basepool._record_rejected(v_attempt, v_source, (p_item ->> 'status')::integer, p_item ->> 'body') as r;
  else
    outcome := basepool._apply_one(
      v_attempt, p_item -> 'prediction', v_source, p_item ->> 'webhook_id', coalesce(p_item -> 'has_webhook' <> 'false', true)
    );
  end if;
end
$$;

revoke all on function basepool._apply_item(jsonb, text) from public, anon, authenticated, service_role;

comment on function basepool._apply_item(jsonb, text) is
'Applies one item of _apply_items. Raises what is wrong with it.';
