-- What Replicate says about a prediction that the app has made: the cleanup must not fail what was paid for and is done.
create or replace function basepool.record_app_check(
  p_generation uuid,
  p_account bigint,
  p_http_status integer default null,
  p_prediction jsonb default null,
  p_error text default null
)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_check basepool.app_checks;
  v_generation public.generations;
  v_prediction jsonb;
  v_status text;
  v_error text;
begin
  select c.* into v_check from basepool.app_checks as c where c.generation_id = p_generation for update;
  select g.* into v_generation from public.generations as g where g.id = v_check.generation_id for no key update;
  if not coalesce(
    basepool.is_active(v_generation.status) and v_generation.replicate_prediction_id = v_check.prediction_id
    and v_generation.queued_at is null, false
  ) then
    delete from basepool.app_checks as c where c.generation_id = v_check.generation_id;
    return 'unchanged';
  end if;

  v_prediction := basepool._complete_prediction(p_prediction, v_check.prediction_id, 'poll');
  if v_prediction ->> 'id' = v_check.prediction_id and jsonb_typeof(v_prediction -> 'status') = 'string' then
    v_status := v_prediction ->> 'status';
  end if;
  if v_status = 'succeeded' then
    perform basepool._complete_generation(
      p_generation
      , v_prediction
      , (
        select t.id from public.replicate_tokens as t
        where t.account_id = p_account
        order by t.id <> coalesce(v_generation.replicate_token_index, 0), t.id
        limit 1
      )
      , coalesce(
        basepool._read_time(v_prediction ->> 'started_at'), basepool._read_time(v_prediction ->> 'created_at'), v_generation.created_at
      )
    );
  elsif v_status in ('failed', 'canceled', 'aborted') then
    v_error := nullif(v_prediction ->> 'error', '');
    v_error := case
      when v_status <> 'failed' then concat_ws(': ', v_status, v_error)
      when v_error is null then 'the prediction failed without an explanation'
      else basepool._describe_error(null, v_error)
    end;
    perform basepool._settle_generation(p_generation, 'failed', v_error, v_prediction);
  elsif v_status is not null then
    -- it is this account's, so that nobody else is asked again
    update basepool.app_checks as c
    set
      said = v_status, again_at = v_now + interval '1 minute'
      , absent = array(select distinct t.account_id from public.replicate_tokens as t where t.account_id <> p_account)
    where c.generation_id = p_generation;
    return 'running';
  elsif p_http_status in (404, 410) then
    update basepool.app_checks as c
    set said = 'HTTP ' || p_http_status, again_at = v_now, absent = array_append(array_remove(c.absent, p_account), p_account)
    where c.generation_id = p_generation
    returning c.* into v_check;
    if exists (select from public.replicate_tokens as t where t.account_id <> all(v_check.absent)) then
      return 'not there';
    end if;
    perform basepool._settle_generation(p_generation, 'failed', (select s.stuck_message from basepool.settings as s));
  else
    update basepool.app_checks as c
    set said = left(coalesce(p_error, 'HTTP ' || p_http_status, 'no prediction'), 1000)
    where c.generation_id = p_generation;
    return 'no answer';
  end if;
  delete from basepool.app_checks as c where c.generation_id = p_generation;
  return case when v_status = 'succeeded' then 'completed' else 'failed' end;
end
$$;

revoke all on function basepool.record_app_check(uuid, bigint, integer, jsonb, text)
from public, anon, authenticated, service_role;
grant execute on function basepool.record_app_check(uuid, bigint, integer, jsonb, text) to basepool_glue;

comment on function basepool.record_app_check(uuid, bigint, integer, jsonb, text) is
'What came of asking the account p_account for the prediction of a generation that the app runs. p_prediction: as Replicate has it,
or p_http_status and p_error of another answer, both null where there was none. A prediction that has ended ends the generation, with
its output or its error; one that no account has fails it with settings.stuck_message. Returns completed, failed, running, not there
(the next account is asked), no answer, or unchanged (the app was faster). Raises TP024.';
