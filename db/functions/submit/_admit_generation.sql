-- The door, for submit_generation and a plain insert alike: what is wrong is said here, before anything is spent.
create or replace function basepool._admit_generation()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_is_submit constant boolean := new.queued_at is not null;
begin
  if not v_is_submit and not (select s.enqueue_plain_inserts from basepool.settings as s) then
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

  perform basepool._lock_user(new.user_id);
  -- another submit with this key was faster: its generation is the answer, and the limit has nothing to say
  if v_is_submit and new.idempotency_key is not null and exists (
    select from public.generations as g
    where g.user_id = new.user_id and g.idempotency_key = new.idempotency_key
  ) then
    return null;
  end if;
  -- an operator's retry counts more than the user's limit
  if new.retry_of is null then
    perform basepool._check_user_limit(new.user_id);
  end if;
  new.queued_at := basepool.now();
  return new;
end
$$;

revoke all on function basepool._admit_generation() from public, anon, authenticated, service_role;

comment on function basepool._admit_generation() is
'Trigger, before a pending generation is inserted: checks model, input and the user''s limit of one that is to be queued, that
is when queued_at is set or settings.enqueue_plain_inserts is on; sets queued_at. Raises PT400 and PT429. Definer: users have
no rights on limits and settings.';
