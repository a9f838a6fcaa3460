-- each setting with what it means; of a URL only whose it is
begin;
select plan(4);
\ir ../../helpers.psql

select results_eq(
  $$select s.row ->> 'name', s.row ->> 'value', s.row ->> 'default', s.row ->> 'says', s.row ->> 'unit', s.row ->> 'allowed'
  from jsonb_array_elements(basepool.page_settings() -> 'settings') with ordinality as s (row, n) order by s.n$$,
  'select l.name, l.value, l.default_value, l.means, l.unit, l.allowed from basepool.list_settings() as l',
  'those there are, in their order'
);
create function pg_temp.setting(p_name text) returns jsonb
language sql as $$
  select s.row from jsonb_array_elements(basepool.page_settings() -> 'settings') as s (row) where s.row ->> 'name' = p_name
$$;
select is((pg_temp.setting('max_attempts') ->> 'is_default')::boolean, true, 'as it comes');
select basepool.configure('{"max_attempts": 5}');
select is(pg_temp.setting('max_attempts') @> '{"value": "5", "default": "4", "is_default": false}', true, 'changed');
update basepool.settings set stuck_message = 'https://u:p@hooks.example.com/services/T0/private?x';
select is(pg_temp.setting('stuck_message') ->> 'value', 'https://hooks.example.com/…', 'a URL may be a secret');

select * from finish();
rollback;
