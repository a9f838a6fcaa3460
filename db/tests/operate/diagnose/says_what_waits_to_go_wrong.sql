-- rights, rows that everybody sees, policies, tokens: each with what to do, and SQL that does it
begin;
select plan(18);
\ir ../../helpers.psql

create function pg_temp.said(p_name text) returns setof text
language sql as $$
  select d.says from basepool.diagnose() as d where d.name = p_name and d.severity <> 'ok'
$$;
-- runs what is proposed, and says what is left
create function pg_temp.mend(p_name text) returns bigint
language plpgsql as $$
declare
  v_fix text;
begin
  for v_fix in select d.fix from basepool.diagnose() as d where d.name = p_name loop
    execute v_fix;
  end loop;
  return (select count(*) from pg_temp.said(p_name));
end
$$;

select set_eq('select pg_temp.said(''tokens'')', array['there is no token'], 'an empty pool');
select pg_temp.add_tokens(1);
select is_empty(
  $$select d.name, d.says from basepool.diagnose() as d
  where d.severity = 'problem' and d.name not like 'job-overdue%' and d.name not in ('default-privileges')$$,
  'a new database has no problem'
);
select is_empty($$select d.name from basepool.diagnose() as d where d.name like 'index-%'$$, 'nor an index too many');
select set_eq(
  'select pg_temp.said(''webhook-secret'')'
  , array['the webhook secret of account sim-1 is not known: its webhooks are refused, and its results asked for'], 'its secret'
);

revoke execute on function basepool.claim_generations(text, integer) from basepool_glue;
revoke execute on function public.cancel_generation(uuid) from authenticated;
select set_eq(
  'select pg_temp.said(''missing-right'')',
  array[
    'basepool_glue may not execute basepool.claim_generations(text,integer)'
    , 'authenticated may not execute public.cancel_generation(uuid)'
  ],
  'who lacks a right'
);
select is(pg_temp.mend('missing-right'), 0::bigint, 'what is proposed gives it back');
revoke execute on function basepool.get_own_changes(timestamptz, integer) from authenticated;
select is(pg_temp.mend('missing-right'), 0::bigint, 'also of what is called for him');

grant usage on schema basepool to authenticated;
grant execute on function basepool._audit(text, text, jsonb, text) to authenticated;
grant select on basepool.accounts to service_role;
grant execute on function public.cancel_generation(uuid) to anon;
select set_has(
  'select pg_temp.said(''exposed-function'')', $$values ('authenticated may execute basepool._audit(text,text,jsonb,text)')$$
  , 'who has one too many'
);
select set_eq('select pg_temp.said(''exposed-table'')', array['service_role may select basepool.accounts'], 'of a table');
select is(pg_temp.mend('exposed-function') + pg_temp.mend('exposed-table'), 0::bigint, 'what is proposed takes them');
select is((select count(*) from pg_temp.said('missing-right')), 0::bigint, 'and no other');

alter table public.generations disable row level security;
select is((select count(*) from pg_temp.said('row-level-security')), 1::bigint, 'everybody sees all rows');
select is(pg_temp.mend('row-level-security'), 0::bigint, 'and does not any more');

create policy "it's mine" on public.generations for update to authenticated
using (auth.uid() = user_id and status in (select 'pending')) with check (user_id = (select auth.uid()) or auth.uid() is null);
select is((select count(*) from pg_temp.said('policy-per-row')), 1::bigint, 'asked in each row');
select is(pg_temp.mend('policy-per-row'), 0::bigint, 'and once');
select matches(
  (select p.qual || p.with_check from pg_policies as p
where p.policyname = 'it''s mine')
  , 'SELECT auth\.uid\(\).*user_id.*pending.*SELECT auth\.uid\(\).*SELECT auth\.uid\(\) AS uid\) IS NULL', 'with the same meaning'
);

alter default privileges in schema public grant execute on functions to anon;
select is((select count(*) from pg_temp.said('default-privileges')), 1::bigint, 'what is made tomorrow');
select is(pg_temp.mend('default-privileges'), 0::bigint, 'is not exposed');

select * from finish();
rollback;
