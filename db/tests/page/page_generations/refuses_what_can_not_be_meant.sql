-- a filter, a cursor and a limit come from a URL: each is refused by name, and none by a cast
begin;
select plan(36);
\ir ../../helpers.psql

select throws_ok(
  format('select basepool.page_generations(%L)', f.filter), 'PT400', f.message, f.filter
)
from (
  values
  ('[]', 'p_filter is no JSON object'),
  ('"waiting"', 'p_filter is no JSON object'),
  ('null', 'p_filter is no JSON object'),
  ('{"tab": "all"}', 'p_filter can''t be that: tab is ''all'''),
  ('{"tab": ["waiting"]}', 'p_filter can''t be that: tab is no single value'),
  ('{"tab": true}', 'p_filter can''t be that: tab is ''true'''),
  ('{"user_id": "anna"}', 'p_filter can''t be that: user_id is ''anna'''),
  ('{"user_id": 7}', 'p_filter can''t be that: user_id is ''7'''),
  ('{"user_id": "{00000000-0000-4000-8000-000000000001}"}'
    , 'p_filter can''t be that: user_id is ''{00000000-0000-4000-8000-000000000001}'''),
  ('{"token_id": "1 or 1=1"}', 'p_filter can''t be that: token_id is ''1 or 1=1'''),
  ('{"token_id": 1.5}', 'p_filter can''t be that: token_id is ''1.5'''),
  ('{"token_id": -1}', 'p_filter can''t be that: token_id is ''-1'''),
  ('{"token_id": 99999999999999999999}', 'p_filter can''t be that: token_id is ''99999999999999999999'''),
  ('{"since": "yesterday"}', 'p_filter can''t be that: since is ''yesterday'''),
  ('{"since": "2026-13-41T00:00"}', 'p_filter can''t be that: since is ''2026-13-41T00:00'''),
  ('{"until": "infinity"}', 'p_filter can''t be that: until is ''infinity'''),
  ('{"model": {"a": 1}}', 'p_filter can''t be that: model is no single value'),
  ('{"status": "failed"}', 'p_filter can''t be that: status is ''failed'''),
  ('{"tab\u202e": "x", "rule": null}', 'p_filter can''t be that: tab? is ''x''')
) as f (filter, message);
select throws_ok(
  format('select basepool.page_generations(%L)', jsonb_build_object('worker', repeat('w', 301))),
  'PT400',
  null,
  'no name is so long'
);
select throws_ok(
  format('select basepool.page_generations(''{"tab": "failed"}'', %L)', c.cursor), 'PT400',
  'p_cursor is no place in this list: ' || basepool._quote(c.cursor), c.cursor
)
from (
  values
  (''), ('1'), ('failed'), ('failed~~'), (repeat('x', 10000)),
  ('waiting~2026-12-01T00:00:00.000000Z~00000000-0000-4000-8000-000000000001'),
  ('failed~2026-13-01T00:00:00.000000Z~00000000-0000-4000-8000-000000000001'),
  ('failed~2026-12-01T00:00:00.000000Z~00000000-0000-4000-8000-00000000000'),
  (e'failed~2026-12-01T00:00:00.000000Z~00000000-0000-4000-8000-000000000001\n'),
  ('failed~infinity~00000000-0000-4000-8000-000000000001')
) as c (cursor);
select throws_ok(
  format('select basepool.page_generations(p_limit => %s)', l.number), 'PT400', 'p_limit is ' || l.number
)
from (values (0), (-1), (101), (2147483647)) as l (number);
select lives_ok(
  $$select basepool.page_generations(
    '{"tab": "failed"}', 'failed~0001-01-01T00:00:00.000000Z~00000000-0000-0000-0000-000000000000', null
  )$$,
  'a place where there is nothing is one'
);
select lives_ok(
  $$select basepool.page_generations(
    '{"model": "a''; drop table x --", "rule": "%", "worker": "\\", "user_id": "", "tab": null}'
  )$$,
  'a name is a name'
);

select * from finish();
rollback;
