-- The door, for submit_generation and a plain insert alike: what is wrong is said here, before anything is spent. The lock on
-- the user's row makes the limit exact under concurrent submits; the count is a new statement and so sees what they did.
create or replace function basepool._admit_generation()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_settings basepool.settings;
  v_limit integer;
  v_active integer;
  v_is_submit boolean := coalesce(current_setting('basepool.submitting', true), '') = 'on';
begin
  select s.* into v_settings from basepool.settings as s;
  if new.status is distinct from 'pending' or new.replicate_prediction_id is not null
    or not (v_is_submit or v_settings.enqueue_plain_inserts) then
    return new;
  end if;

  perform basepool._parse_model(new.replicate_model);
  if new.replicate_input is null or jsonb_typeof(new.replicate_input) <> 'object' then
    raise exception using
      errcode = 'PT400',
      message = format('the input is %s, not a JSON object', coalesce('a JSON ' || jsonb_typeof(new.replicate_input), 'missing')),
      hint = 'Pass what the model expects as replicate_input (p_input), for example {"prompt": "a cat"}.';
  end if;
  if new.user_id is null then
    raise exception using
      errcode = 'PT400',
      message = 'the user is missing',
      hint = 'Sign in, or pass user_id (p_user_id) with the service role.';
  end if;

  insert into basepool.user_limits (user_id) values (new.user_id) on conflict (user_id) do nothing;
  select coalesce(u.max_active, v_settings.user_active_limit) into v_limit
  from basepool.user_limits as u
  where u.user_id = new.user_id
  for update;

  -- another submit with this key was faster: its generation is the answer, and the limit has nothing to say
  if v_is_submit and new.idempotency_key is not null and exists (
    select from public.generations as g
    where g.user_id = new.user_id and g.idempotency_key = new.idempotency_key
  ) then
    return null;
  end if;

  -- what is past its time only waits for the cleanup; it must not keep anybody out
  select count(*) into v_active
  from public.generations as g
  where
    g.user_id = new.user_id
    and g.status in ('pending', 'queued', 'processing')
    and g.created_at > basepool.now() - v_settings.stuck_after;
  if v_active >= v_limit then
    raise exception using
      errcode = 'PT429',
      message = format('%s of %s generations are active', v_active, v_limit),
      detail = format('user %s', new.user_id),
      hint = 'Wait until one has finished, or cancel one.';
  end if;
  return new;
end
$$;

revoke all on function basepool._admit_generation() from public, anon, authenticated, service_role;

comment on function basepool._admit_generation() is
'Trigger, before insert on public.generations: checks model, input and the user''s limit of a generation that will be queued.
Raises PT400 and PT429. Definer: users have no rights on limits and settings.';
