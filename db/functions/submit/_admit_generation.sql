-- The door, for submit_generation, a plain insert and what the app hands over: whose a generation is, is decided here, once; what
-- is wrong with one of ours is said here, before anything is spent.
create or replace function basepool._admit_generation()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_is_submit constant boolean := new.queued_at is not null;
  v_is_user constant boolean := coalesce(current_setting('role', true), '') in ('anon', 'authenticated');
  v_max_input integer;
  v_max_prompt integer;
  v_max_name integer;
  v_max_depth integer;
  v_field record;
  v_fault text;
  v_hint text;
  v_model basepool.models;
begin
  -- where nothing is moved over, one look is all that the app's inserts cost
  if not v_is_submit and (
    not exists (select from basepool.cutover) or not basepool._takes_plain_insert(
      new.user_id, new.replicate_model
      , new.replicate_input is null or new.is_keyframe_segment is true or new.action::text = 'video_keyframes'
    )
  ) then
    return new;
  elsif tg_op = 'UPDATE' and (new.status is distinct from 'pending' or new.replicate_prediction_id is not null) then
    raise exception using
      errcode = 'PT409',
      message = case
        when new.replicate_prediction_id is not null then 'the generation was sent to Replicate already'
        else format('the generation is %s', coalesce(new.status, 'in no status'))
      end,
      hint = 'Only one that is pending and was not sent can be handed over.';
  elsif new.is_keyframe_segment and v_is_user then
    raise exception using
      errcode = 'PT403',
      message = 'a segment of a keyframe job is not a user''s to submit',
      hint = 'It does not count against the limit, so the app''s server submits it.';
  end if;

  select s.max_input_bytes, s.max_prompt_bytes, s.max_name_bytes, s.max_input_depth
  into v_max_input, v_max_prompt, v_max_name, v_max_depth
  from basepool.settings as s;

  -- as texts, because the app's columns may have other types
  select f.* into v_field
  from (
    values
    ('replicate_model', octet_length(new.replicate_model), v_max_name, 'max_name_bytes'),
    ('model_id', octet_length(new.model_id::text), v_max_name, 'max_name_bytes'),
    ('model_name', octet_length(new.model_name::text), v_max_name, 'max_name_bytes'),
    ('action', octet_length(new.action::text), v_max_name, 'max_name_bytes'),
    ('idempotency_key', octet_length(new.idempotency_key), v_max_name, 'max_name_bytes'),
    ('prompt', octet_length(new.prompt::text), v_max_prompt, 'max_prompt_bytes'),
    ('input_image_url', octet_length(new.input_image_url::text), v_max_input, 'max_input_bytes'),
    ('input_video_url', octet_length(new.input_video_url::text), v_max_input, 'max_input_bytes'),
    ('settings', pg_column_size(new.settings), v_max_input, 'max_input_bytes')
  ) as f (name, bytes, most, setting)
  where f.bytes > f.most
  limit 1;
  if v_field.name is not null then
    raise exception using
      errcode = 'PT400',
      message = format('%s is %s bytes long, more than %s', v_field.name, v_field.bytes, v_field.most),
      hint = format('Pass less. The owner can raise settings.%s.', v_field.setting);
  end if;
  -- of a plain insert it is known
  if v_is_submit then
    v_fault := (select m.fault from basepool._parse_model(new.replicate_model) as m);
  end if;
  if v_fault is not null then
    raise exception using
      errcode = 'PT400',
      message = v_fault,
      hint = 'Write owner/name, owner/name:<64 hex digits>, <64 hex digits> or deployments/owner/name.';
  end if;
  if new.replicate_model like 'deployments/%' or exists (select from basepool.models) then
    v_model := basepool._check_model(new.replicate_model);
    -- an operator's retry is at no price
    if new.retry_of is null then
      new.cost_credits := v_model.credits;
    end if;
  end if;
  -- where users may write any column, neither a price nor a result is theirs to bring along: it is as if it had been submitted
  if v_is_user and not v_is_submit then
    if v_model.credits is null then
      new.cost_credits := basepool._default_credits();
    end if;
    new.cost_usd := null;
    new.output_urls := null;
    new.output_thumbs := null;
    new.output_text := null;
    new.replicate_output := null;
  end if;
  select i.fault, i.hint into v_fault, v_hint
  from basepool._check_input(new.replicate_input, v_max_input, v_max_depth) as i;
  if v_fault is not null then
    raise exception using errcode = 'PT400', message = v_fault, hint = v_hint;
  end if;
  if new.user_id is null then
    raise exception using
      errcode = 'PT400',
      message = 'the user is missing',
      hint = 'Sign in, or pass user_id (p_user_id) with the service role.';
  end if;

  perform basepool._lock_user(new.user_id);
  -- another submit with this key was faster: its generation is the answer, and the limit has nothing to say
  if v_is_submit and new.idempotency_key is not null and exists (
    select from public.generations as g
    where g.user_id = new.user_id and g.idempotency_key = new.idempotency_key and g.id <> new.id
  ) then
    return null;
  end if;
  -- an operator's retry counts more than the user's limit, and a segment counts with its job
  if new.retry_of is null and new.is_keyframe_segment is not true then
    perform basepool._check_user_limit(new.user_id, new.id, v_model.pattern, v_model.max_per_user);
  end if;
  new.queued_at := basepool.now();
  return new;
end
$$;

revoke all on function basepool._admit_generation() from public, anon, authenticated, service_role;

comment on function basepool._admit_generation() is
'Trigger, before a pending generation is inserted, or queued_at is set in one that the app has inserted for itself: checks model,
input, the size of each field and the user''s limits of one that is to be queued, that is when queued_at is set or basepool.cutover
says so; sets queued_at, and cost_credits where basepool.models has its model, or a user has inserted it plainly (then to what the
column has by default; what it has of a result is gone, too). Everything else is the app''s. Raises PT400, PT403,
PT409 (handed over while it is not pending, or was sent) and PT429.
Definer: users have no rights on limits and settings.';
