-- What the app calls. It only inserts, with queued_at to say that basepool is to run it: the door is the trigger
-- admit_generation.
create or replace function public.submit_generation(
  p_replicate_model text,
  p_input jsonb,
  p_action text default 'create',
  p_prompt text default null,
  p_settings jsonb default '{}',
  p_workspace_id uuid default null,
  p_user_id uuid default null,
  p_idempotency_key text default null,
  p_model_id text default null,
  p_model_name text default null
)
returns uuid
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_user_id uuid := coalesce(p_user_id, auth.uid());
  v_id uuid;
  v_is_same boolean;
  v_inserted integer;
begin
  if v_user_id is null then
    raise exception using
      errcode = 'PT400',
      message = 'the user is missing',
      hint = 'Sign in, or pass user_id (p_user_id) with the service role.';
  elsif auth.uid() is not null and auth.uid() <> v_user_id then
    raise exception using
      errcode = 'PT403',
      message = 'this is another user',
      hint = 'Leave p_user_id out: you submit for yourself.';
  end if;

  -- twice at most: the second look is for a submit with the same key that committed in between
  for v_try in 1..2 loop
    if p_idempotency_key is not null then
      select g.id, g.replicate_model = p_replicate_model and g.replicate_input is not distinct from p_input
      into v_id, v_is_same
      from public.generations as g
      where g.user_id = v_user_id and g.idempotency_key = p_idempotency_key;
      if found then
        if not v_is_same then
          raise exception using
            errcode = 'PT409',
            message = 'this idempotency key was used for another input',
            hint = 'Use a new key for a new generation, and the same one only to repeat a submit.';
        end if;
        return v_id;
      end if;
    end if;

    v_id := gen_random_uuid();
    begin
      insert into public.generations
        (id, user_id, workspace_id, action, model_id, model_name, replicate_model, prompt, settings, status, replicate_input
        , idempotency_key, queued_at)
      values (
        v_id, v_user_id, p_workspace_id, p_action
        , coalesce(p_model_id, p_replicate_model), coalesce(p_model_name, p_model_id, p_replicate_model)
        , p_replicate_model, coalesce(p_prompt, p_input ->> 'prompt'), coalesce(p_settings, '{}'), 'pending', p_input
        , p_idempotency_key, pg_catalog.clock_timestamp()
      );
    exception when not_null_violation or check_violation then
      raise exception using
        errcode = 'PT400',
        -- as basepool._printable has it, which users may not use
        message = regexp_replace(
          regexp_replace(left(sqlerrm, 200), '[\t-\r]', ' ', 'g')
          , '[\u0001-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]', '?', 'g'
        ),
        hint = 'p_replicate_model and p_action are required; p_action is one of those public.generations allows.';
    end;
    -- none when the trigger found that another submit with this key was faster
    get diagnostics v_inserted = row_count;
    if v_inserted > 0 then
      return v_id;
    end if;
  end loop;
  raise exception using
    errcode = 'PT409',
    message = 'a generation with this idempotency key exists, but you may not see it',
    hint = 'Use another key.';
end
$$;

revoke all on function public.submit_generation(text, jsonb, text, text, jsonb, uuid, uuid, text, text, text)
from public, anon, authenticated, service_role;
grant execute on function public.submit_generation(text, jsonb, text, text, jsonb, uuid, uuid, text, text, text)
to authenticated, service_role;

comment on function public.submit_generation(text, jsonb, text, text, jsonb, uuid, uuid, text, text, text) is
'Queues a generation and returns its id. p_replicate_model: owner/name, owner/name:<version>, <version> or
deployments/owner/name; p_input: what is sent to the model, a JSON object; p_action: as generations.action; p_user_id: for the
service role, users submit for themselves; p_idempotency_key: the same key again returns the first one''s id. Raises PT400
(model or input), PT403 (another user, or a model that is not offered), PT409 (key used for another input), PT429 (a limit of the
user''s: active generations, those of a model, submits per minute). For authenticated and service_role.';
