-- newest first, page by page, each row once; what is no place in it is refused
begin;
select plan(12);
\ir ../../helpers.psql

delete from basepool.audit;
select basepool._audit('do ' || s.n, s.n::text, jsonb_build_object('n', s.n)) from generate_series(1, 5) as s (n);
create temporary table page as select basepool.page_audit(null, 2) as shown;
select is(jsonb_path_query_array(p.shown, '$.rows[*].action'), '["do 5", "do 4"]', 'the newest') from page as p;
select is(
  (p.shown #> '{rows,0}') - array['id', 'at', 'login', 'role', 'application'],
  '{"action": "do 5", "target": "5", "details": {"n": 5}, "actor": null}'::jsonb, 'what was done'
) from page as p;
select is(p.shown #>> '{rows,0,login}', session_user::text, 'by whom') from page as p;
update page set shown = basepool.page_audit(shown ->> 'next', 2);
select is(jsonb_path_query_array(p.shown, '$.rows[*].action'), '["do 3", "do 2"]', 'what was before') from page as p;
update page set shown = basepool.page_audit(shown ->> 'next', 2);
select is(jsonb_path_query_array(p.shown, '$.rows[*].action'), '["do 1"]', 'the first') from page as p;
select is(p.shown -> 'next', 'null'::jsonb, 'and that was all') from page as p;
select throws_ok(
  format('select basepool.page_audit(%L)', c.cursor), 'PT400', 'p_cursor is no place in this list: ' || basepool._quote(c.cursor)
)
from (values (''), ('3'), ('audit~-1'), ('audit~' || repeat('9', 30)), ('failed~1')) as c (cursor);
select throws_ok('select basepool.page_audit(null, 1000)', 'PT400', 'p_limit is 1000');

select * from finish();
rollback;
