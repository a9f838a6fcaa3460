-- what stands at the columns is all there is to know, and it is all there
begin;
select plan(9);

select is(
  (select count(*) from basepool.list_settings())
  , (select count(*) - 3 from pg_attribute as a
where a.attrelid = 'basepool.settings'::regclass and a.attnum > 0 and not a.attisdropped)
  , 'every column but the key, a fact, and what a command of its own changes'
);
select is_empty(
  $$select l.name from basepool.list_settings() as l where coalesce(l.means, '') = '' or coalesce(l.allowed, '') = ''
  or l.unit is null$$,
  'each says what it means, its unit, and what it may be'
);
select set_eq(
  $$select l.name from basepool.list_settings() as l where l.default_value is null and l.allowed not like '%, or null'$$,
  array['enforce_user_rights', 'keep_outputs'],
  'some depend on what was there before'
);
select is_empty(
  $$select l.name from basepool.list_settings() as l where l.value is distinct from l.default_value
  and l.default_value is not null$$,
  'a new database has the defaults, written alike'
);
select results_eq(
  $$select l.value, l.default_value, l.unit, l.allowed from basepool.list_settings() as l where l.name = 'keep_history_for'$$,
  $$values ('7 days', '7 days', 'time', 'a time such as 90 seconds or 2 hours, 1 hour or more')$$,
  'a time'
);
select results_eq(
  $$select l.value, l.unit, l.allowed from basepool.list_settings() as l where l.name = 'max_input_bytes'$$,
  $$values ('1000000', 'bytes', 'a whole number, 1000 to 3000000')$$,
  'bytes'
);
select results_eq(
  $$select l.value, l.unit, l.allowed from basepool.list_settings() as l where l.name = 'stuck_message'$$,
  $$values ('Превышено время ожидания', 'text', 'a text, not empty')$$,
  'a text without quotes'
);
select results_eq(
  $$select l.value, l.allowed from basepool.list_settings() as l where l.name = 'settled_hook'$$,
  $$values (null::text, 'a text that matches ^[a-z_][a-z0-9_]{0,62}\.[a-z_][a-z0-9_]{0,62}$, or null')$$,
  'one that may be null'
);
select lives_ok(
  $$select basepool.configure((select jsonb_object_agg(l.name, l.value) from basepool.list_settings() as l))$$,
  'every value may be passed back as it is shown'
);

select * from finish();
rollback;
