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
  v_retried integer := 0;
begin
  if p_ids is null and p_error is null and p_since is null then
    raise exception using
      errcode = 'PT400',
      message = 'nothing says which generations to retry',
      hint = 'Name ids, an error, or since when they failed.';
  end if;
  for v_found in
    select r.* from basepool._retry_generations(p_ids, p_error, p_since, p_max, p_dry_run) as r
  loop
    v_retried := v_retried + (v_found.outcome = 'retried')::integer;
    generation_id := v_found.generation_id;
    failed_at := v_found.failed_at;
    error := v_found.error;
    outcome := v_found.outcome;
    retried_as := v_found.retried_as;
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
