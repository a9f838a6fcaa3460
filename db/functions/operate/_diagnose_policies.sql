-- A policy that asks for the user in every row makes a list of a thousand rows a thousand calls.
create or replace function basepool._diagnose_policies()
returns table (name text, severity text, says text, remedy text, fix text)
language sql
stable
set search_path = ''
as $$
  with asked as (
    select
      p.schemaname, p.tablename, p.policyname, p.qual, p.with_check
      -- outside of a sub-select, where it is asked once
      , '(?<!SELECT )(auth\.(?:uid|role|jwt|email)\(\))' as pattern
    from pg_catalog.pg_policies as p
    where p.schemaname = 'public'
  )

  select
    'policy-per-row', 'warning'
    , format('the policy %s on %I.%I calls auth.uid() or the like for each row', basepool._quote(a.policyname), a.schemaname, a.tablename)
    , 'Write (select auth.uid()): it means the same, and is asked once per statement.'
    , format(
      'alter policy %I on %I.%I%s%s', a.policyname, a.schemaname, a.tablename
      , ' using (' || regexp_replace(a.qual, a.pattern, '(select \1)', 'g') || ')'
      , ' with check (' || regexp_replace(a.with_check, a.pattern, '(select \1)', 'g') || ')'
    )
  from asked as a
  where concat_ws(' ', a.qual, a.with_check) ~ a.pattern
  order by 3
$$;

revoke all on function basepool._diagnose_policies() from public, anon, authenticated, service_role;

comment on function basepool._diagnose_policies() is
'The policies in schema public that call auth.uid() (role, jwt, email) for each row instead of once, with the statement that
rewrites each. For diagnose.';
