-- which statements of signed-in users need what is to be taken from them, as pg_stat_statements has them
begin;
select plan(6);
\ir ../../helpers.psql

revoke update on public.generations from authenticated;
grant update (viewed, viewed_at, is_favorite) on public.generations to authenticated;
select is_empty('select * from basepool._diagnose_users()', 'they have no such right');
grant update on public.generations to authenticated;
select matches(
  (select d.says from basepool._diagnose_users() as d), 'who does so can''t be seen: pg_stat_statements is not installed', 'unseen'
);

-- the part of pg_stat_statements that is read, in a schema of its own
create schema seen;
create table seen.pg_stat_statements (userid oid, dbid oid, query text, calls bigint);
insert into pg_catalog.pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
select
999997,
'pg_stat_statements',
r.oid,
'seen'::regnamespace,
false,
'1.10'
from pg_catalog.pg_roles as r
where r.rolname = current_user;
create function pg_temp.ran(p_query text, p_calls bigint, p_role text default 'authenticated') returns void
language sql as $$
  insert into seen.pg_stat_statements
  select p_role::regrole::oid, d.oid, p_query, p_calls from pg_catalog.pg_database as d where d.datname = current_database()
$$;
select pg_temp.ran(q.query, 7)
from (
  values
  ('update generations set viewed = $1, viewed_at = $2 where id = $3')
  , ('WITH pgrst_source AS (UPDATE "public"."generations" SET "is_favorite" = "pgrst_body"."is_favorite" FROM (SELECT $1 AS '
    || 'json_data) pgrst_payload, LATERAL (SELECT "is_favorite" FROM json_to_record($2) AS _("is_favorite" boolean) ) pgrst_body '
    || 'WHERE "public"."generations"."id" = $3 RETURNING $4) SELECT 1')
  , ('update public.generations_archive set status = $1'), ('select status = $1 from generations'), ('update users set status = $1')
) as q (query);
select pg_temp.ran('update generations set status = $1 where id = $2', 9, 'service_role');
select matches(
  (select d.says || d.remedy from basepool._diagnose_users() as d)
  , 'pg_stat_statements knows of nobody who does.*settings set enforce_user_rights true', 'nobody'
);
select pg_temp.ran(
  'WITH pgrst_source AS (UPDATE "public"."generations" SET "replicate_prediction_id" = "pgrst_body"."replicate_prediction_id", '
  || '"viewed" = "pgrst_body"."viewed" FROM (SELECT $1 AS json_data) pgrst_payload WHERE "public"."generations"."id" = $3)', 12
);
select pg_temp.ran(E'update generations\n  set viewed = $1, status = $2\nwhere id = $3', 5);
select pg_temp.ran('delete from generations where id = $1', 2);
select matches(
  (select d.says from basepool._diagnose_users() as d)
  , '19 times since pg_stat_statements was reset: 12 times: WITH pgrst.*; 5 times: update generations set viewed = \$1, status = '
  || '\$2 where id = \$3; 2 times: delete from generations', 'each, most used first'
);
select is((select d.severity from basepool._diagnose_users() as d), 'warning', 'every day it is off');
select matches((select d.remedy from basepool._diagnose_users() as d), '^Have the server write these', 'what to do');

select * from finish();
rollback;
