-- The command line's submit: the glue has no rights on generations, so it goes through the same function as everybody.
create or replace function basepool.submit_for_user(
  p_user_id uuid,
  p_replicate_model text,
  p_input jsonb,
  p_action text default 'create',
  p_prompt text default null,
  p_idempotency_key text default null
)
returns uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_id uuid;
begin
  v_id := public.submit_generation(
    p_replicate_model => p_replicate_model,
    p_input => p_input,
    p_action => p_action,
    p_prompt => p_prompt,
    p_user_id => p_user_id,
    p_idempotency_key => p_idempotency_key
  );
  perform basepool._audit('submit', v_id::text, jsonb_build_object('user', p_user_id, 'model', p_replicate_model));
  return v_id;
end
$$;

revoke all on function basepool.submit_for_user(uuid, text, jsonb, text, text, text)
from public, anon, authenticated, service_role;
grant execute on function basepool.submit_for_user(uuid, text, jsonb, text, text, text) to basepool_glue;

comment on function basepool.submit_for_user(uuid, text, jsonb, text, text, text) is
'public.submit_generation on behalf of a user; same arguments, result and errors.';
