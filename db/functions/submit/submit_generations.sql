-- Many submits in one commit, each with its own answer. By user, because each locks its user's row until the commit: two sets
-- in one order can't wait for each other.
create or replace function public.submit_generations(p_items jsonb)
returns table (nth integer, id uuid, error jsonb)
language plpgsql
volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_item record;
  v_code text;
  v_message text;
  v_detail text;
  v_hint text;
begin
  if jsonb_typeof(p_items) is distinct from 'array' or jsonb_array_length(p_items) > 1000 then
    raise exception using
      errcode = 'PT400',
      message = 'p_items is not a JSON array of at most 1000 items',
      hint = 'Pass [{"replicate_model": ..., "input": {...}}, ...].';
  end if;
  for v_item in
    select i.nth::integer as nth, i.value as item
    from jsonb_array_elements(p_items) with ordinality as i (value, nth)
    order by coalesce(i.value ->> 'user_id', ''), i.nth
  loop
    nth := v_item.nth;
    id := null;
    error := null;
    begin
      id := public.submit_generation(
        p_replicate_model => v_item.item ->> 'replicate_model',
        p_input => v_item.item -> 'input',
        p_action => coalesce(v_item.item ->> 'action', 'create'),
        p_prompt => v_item.item ->> 'prompt',
        p_settings => coalesce(v_item.item -> 'settings', '{}'),
        p_workspace_id => (v_item.item ->> 'workspace_id')::uuid,
        p_user_id => (v_item.item ->> 'user_id')::uuid,
        p_idempotency_key => v_item.item ->> 'idempotency_key',
        p_model_id => v_item.item ->> 'model_id',
        p_model_name => v_item.item ->> 'model_name'
      );
    exception when others then
      get stacked diagnostics
        v_code = returned_sqlstate, v_message = message_text, v_detail = pg_exception_detail, v_hint = pg_exception_hint;
      -- the server's trouble, no item's
      if left(v_code, 2) in ('53', '57', '58', 'XX') then
        raise;
      end if;
      -- as basepool._printable has it, which users may not use
      v_message := regexp_replace(
        regexp_replace(left(v_message, 200), '[\t-\r]', ' ', 'g')
        , '[\u0001-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]', '?', 'g'
      );
      -- a uuid that is none
      if v_code = '22P02' then
        v_code := 'PT400';
      end if;
      error := jsonb_build_object('code', v_code, 'message', v_message, 'detail', v_detail, 'hint', v_hint);
    end;
    return next;
  end loop;
end
$$;

revoke all on function public.submit_generations(jsonb) from public, anon, authenticated, service_role;
grant execute on function public.submit_generations(jsonb) to authenticated, service_role;

comment on function public.submit_generations(jsonb) is
'submit_generation for a JSON array of up to 1000 items: {replicate_model, input, action, prompt, settings, workspace_id,
user_id, idempotency_key, model_id, model_name}, named as its arguments; all but the first two may be left out. Returns one
row per item, in any order: nth (from 1), and the id, or error (code, message, detail, hint) where submit_generation would
have raised one. An item that fails spoils no other. Raises PT400 when it is not such an array. For authenticated and
service_role.';
