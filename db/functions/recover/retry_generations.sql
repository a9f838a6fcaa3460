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
  v_found record;
  v_old public.generations;
  v_since timestamptz := basepool.now() - p_since;
  v_retried integer := 0;
begin
  if p_ids is null and p_error is null and p_since is null then
    raise exception using
      errcode = 'PT400',
      message = 'nothing says which generations to retry',
      hint = 'Name ids, an error, or since when they failed.';
  end if;
  for v_found in
    select g as generation, l.error as attempt_error
    from public.generations as g
    left join lateral (
      select a.error_rule, a.error from basepool._all_attempts() as a
      where a.generation_id = g.id order by a.attempt_no desc limit 1
    ) as l on true
    where
      (p_ids is null or g.id = any(p_ids))
      and (p_ids is not null or g.status = 'failed')
      and (p_since is null or g.completed_at >= v_since)
      and (
        p_error is null or l.error_rule = p_error
        or strpos(lower(coalesce(g.error_message, '') || ' ' || coalesce(l.error, '')), lower(p_error)) > 0
      )
    order by g.completed_at, g.id
    limit p_max
  loop
    v_old := v_found.generation;
    generation_id := v_old.id;
    failed_at := v_old.completed_at;
    error := coalesce(v_old.error_message, v_found.attempt_error);
    retried_as := (select n.id from public.generations as n where n.retry_of = generation_id);
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
        retried_as := basepool._copy_generation(v_old);
        outcome := case when retried_as is null then 'retried before' else 'retried' end;
      exception when sqlstate 'PT400' or sqlstate 'PT403' then
        -- it came in when more was let in; the others go on
        outcome := 'refused: ' || sqlerrm;
      end;
    end if;
    v_retried := v_retried + (outcome = 'retried')::integer;
    return next;
  end loop;
  if not p_dry_run then
    perform basepool._audit(
      'retry', case when p_ids is not null then (select string_agg(i.id::text, ', ') from unnest(p_ids) as i (id)) end
      , jsonb_build_object('error', p_error, 'since', basepool._say_interval(p_since), 'retried', v_retried)
    );
  end if;
end
$$;

revoke all on function basepool.retry_generations(uuid [], text, interval, integer, boolean)
from public, anon, authenticated, service_role;
grant execute on function basepool.retry_generations(uuid [], text, interval, integer, boolean) to basepool_glue;

comment on function basepool.retry_generations(uuid [], text, interval, integer, boolean) is
'Runs failed generations again, up to p_max: those of p_ids, or those whose last error rule is p_error or whose error contains
it, failed within p_since. Each becomes a new generation of its user (cost_credits 0, beyond the user''s limit), once: a
second call returns the first one''s. p_dry_run: only say what would be done. Returns one row per generation: outcome retried,
retried before, would be retried, is (another status), has no input to send, or refused: (why the door refuses it). Raises PT400.';
