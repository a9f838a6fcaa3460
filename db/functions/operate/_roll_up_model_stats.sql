-- What a model's silence means is learned from how long its predictions took.
create or replace function basepool._roll_up_model_stats()
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_count integer;
begin
  insert into basepool.model_stats as m (model, runs, p50, p95, updated_at)
  select
    r.model, count(*)::integer,
    percentile_cont(0.5) within group (order by r.took),
    percentile_cont(0.95) within group (order by r.took),
    v_now
  from (
    -- the newest are enough, whatever the load
    select a.model, a.finished_at - a.leased_at as took
    from basepool.attempts as a
    where a.state = 'succeeded' and a.finished_at > v_now - interval '7 days'
    order by a.finished_at desc
    limit 20000
  ) as r
  group by r.model
  having count(*) >= 20
  on conflict (model) do update
  set runs = excluded.runs, p50 = excluded.p50, p95 = excluded.p95, updated_at = excluded.updated_at;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

revoke all on function basepool._roll_up_model_stats() from public, anon, authenticated, service_role;

comment on function basepool._roll_up_model_stats() is
'Learns from the last 20,000 predictions that succeeded within a week how long those of each model take, from 20 of a model on.
Returns the number of models. Part of the job rollup. For the owner and basepool.run_job.';
