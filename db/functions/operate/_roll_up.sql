-- What the past teaches, in one job.
create or replace function basepool._roll_up()
returns jsonb
language sql
volatile
set search_path = ''
as $$
  select basepool._watch_budgets();
  select jsonb_build_object(
    'token_hours', basepool._roll_up_token_stats(),
    'models', basepool._roll_up_model_stats()
  )
$$;

revoke all on function basepool._roll_up() from public, anon, authenticated, service_role;

comment on function basepool._roll_up() is
'Counts what is new (_count_attempts), learns how long models take, and watches the budgets. Returns {token_hours, models}: the rows
written. The job rollup. For the owner and basepool.run_job.';
