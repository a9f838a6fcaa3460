-- A dead letter stays as it ended, with its attempts and reasons; running it again is a new generation of the same user, at no
-- price: whether the first one was paid for has been settled with it.
create or replace function basepool.retry_generations(
  p_ids uuid [] default null,
  p_error text default null,
  p_since interval default null,
  p_max integer default 1000,
  p_dry_run boolean default false
)
returns table (generation_id uuid, failed_at timestamptz, error text, outcome text, retried_as uuid)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_old record;
  v_key text;
  v_max_active integer;
begin
  if p_ids is null and p_error is null and p_since is null then
    raise exception using
      errcode = 'PT400',
      message = 'nothing says which generations to retry',
      hint = 'Name ids, an error, or since when they failed.';
  end if;
  for v_old in
    select g.*, l.error_rule, l.error as attempt_error
    from public.generations as g
    left join lateral (
      select a.error_rule, a.error from basepool.attempts as a
      where a.generation_id = g.id order by a.attempt_no desc limit 1
    ) as l on true
    where
      (p_ids is null or g.id = any(p_ids))
      and (p_ids is not null or g.status = 'failed')
      and (p_since is null or g.completed_at >= basepool.now() - p_since)
      and (
        p_error is null or l.error_rule = p_error
        or strpos(lower(coalesce(g.error_message, '') || ' ' || coalesce(l.error, '')), lower(p_error)) > 0
      )
    order by g.completed_at, g.id
    limit p_max
  loop
    v_key := 'retry of ' || v_old.id;
    generation_id := v_old.id;
    failed_at := v_old.completed_at;
    error := coalesce(v_old.error_message, v_old.attempt_error);
    retried_as := (
      select n.id from public.generations as n where n.user_id = v_old.user_id and n.idempotency_key = v_key
    );
    if v_old.status <> 'failed' then
      outcome := 'is ' || v_old.status;
    elsif retried_as is not null then
      outcome := 'retried before';
    elsif v_old.replicate_input is null then
      outcome := 'has no input to send';
    elsif p_dry_run then
      outcome := 'would be retried';
    else
      begin
        -- an operator's word counts more than the user's limit
        insert into basepool.user_limits (user_id) values (v_old.user_id) on conflict do nothing;
        select u.max_active into v_max_active from basepool.user_limits as u where u.user_id = v_old.user_id for update;
        update basepool.user_limits as u set max_active = 2147483647 where u.user_id = v_old.user_id;
        perform set_config('basepool.submitting', 'on', true);
        insert into public.generations as n
          (user_id, workspace_id, action, model_id, model_name, replicate_model, prompt, input_image_url, input_video_url
          , settings, status, cost_credits, is_keyframe_segment, replicate_input, idempotency_key)
        values
          (v_old.user_id, v_old.workspace_id, v_old.action, v_old.model_id, v_old.model_name, v_old.replicate_model
          , v_old.prompt, v_old.input_image_url, v_old.input_video_url, v_old.settings, 'pending', 0
          , v_old.is_keyframe_segment, v_old.replicate_input, v_key)
        returning n.id into retried_as;
        update basepool.user_limits as u set max_active = v_max_active where u.user_id = v_old.user_id;
        outcome := case when retried_as is null then 'retried before' else 'retried' end;
      exception when unique_violation then
        outcome := 'retried before';
      end;
      perform set_config('basepool.submitting', '', true);
    end if;
    return next;
  end loop;
end
$$;

revoke all on function basepool.retry_generations(uuid [], text, interval, integer, boolean)
from public, anon, authenticated, service_role;
grant execute on function basepool.retry_generations(uuid [], text, interval, integer, boolean) to basepool_glue;

comment on function basepool.retry_generations(uuid [], text, interval, integer, boolean) is
'Runs failed generations again, up to p_max: those of p_ids, or those whose last error rule is p_error or whose error contains
it, failed within p_since. Each becomes a new generation of its user (cost_credits 0, beyond the user''s limit), once: a
second call returns the first one''s. p_dry_run: only say what would be done. Returns one row per generation: outcome retried,
retried before, would be retried, is (another status) or has no input to send. Raises PT400.';
