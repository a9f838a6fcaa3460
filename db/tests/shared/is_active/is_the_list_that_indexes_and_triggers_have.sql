-- three places can only repeat it: the predicates of two indexes and the condition of a trigger
begin;
select plan(4);

select results_eq(
  $$select s.status, basepool.is_active(s.status)
  from unnest(array['pending', 'queued', 'processing', 'completed', 'failed', 'cancelled']) as s (status)$$,
  $$values ('pending', true), ('queued', true), ('processing', true)
  , ('completed', false), ('failed', false), ('cancelled', false)$$,
  'what waits or runs'
);
select set_eq(
  $$select i.indexrelid::regclass::text from pg_index as i
  where i.indrelid = 'public.generations'::regclass
  and pg_get_expr(i.indpred, i.indrelid) like '%''pending''%''queued''%''processing''%'$$,
  array['generations_active_idx', 'generations_user_active_idx'], 'the indexes on what is active have the same list'
);
select matches(
  pg_get_triggerdef((select t.oid from pg_trigger as t
where t.tgname = 'mark_settled')),
  'pending.*queued.*processing', 'and so has the trigger that marks an end'
);

-- inlined, and so the planner finds the index
set local enable_seqscan = off;
create function pg_temp.plan_of(p_query text) returns text
language plpgsql as $$
declare
  v_line text;
  v_plan text := '';
begin
  for v_line in execute 'explain ' || p_query loop
    v_plan := v_plan || v_line;
  end loop;
  return v_plan;
end
$$;
select matches(
  pg_temp.plan_of('select from public.generations where basepool.is_active(status) and created_at < now()'),
  'generations_active_idx', 'the function stands where the list stood'
);

select * from finish();
rollback;
