-- settings are typed and bounded; what is wrong is named, with what would be right, and nothing changes
begin;
select plan(22);

create function pg_temp.hint(p_changes text) returns text
language plpgsql as $$
declare
  v_hint text;
begin
  perform basepool.configure(p_changes::jsonb);
  return 'nothing is wrong';
exception when sqlstate 'TP009' then
  get stacked diagnostics v_hint = pg_exception_hint;
  return v_hint;
end
$$;

select is((select c.value from basepool.configure() as c
where c.name = 'user_active_limit'), '5', 'without changes it shows them');
select is((select count(*) from basepool.configure()), (select count(*) from basepool.list_settings()), 'all of them');
select is_empty($$select from basepool.configure() as c where c.name = 'id'$$, 'but not what is no setting');
select results_eq(
  $$select c.name, c.was, c.value from basepool.configure('{"stuck_after": "20 minutes", "user_active_limit": 7}') as c$$,
  $$values ('user_active_limit', '5', '7'), ('stuck_after', '30 minutes', '20 minutes')$$,
  'several at a time, with what they were'
);
select is((select s.user_active_limit from basepool.settings as s), 7, 'are kept');
select throws_ok($$select basepool.configure('{"stuck": "1 h"}')$$, 'TP009', 'there is no setting ''stuck''');
select throws_ok($$select basepool.configure('{"id": false}')$$, 'TP009', 'there is no setting ''id''');
select matches(pg_temp.hint('{"stuck": 1}'), '^The settings are user_active_limit, .*stuck_after', 'it says which there are');
select throws_ok($$select basepool.configure('{"stuck_after": "soon"}')$$, 'TP009', 'stuck_after can''t be ''soon''');
select is(
  pg_temp.hint('{"stuck_after": "soon"}'), 'It is a time such as 90 seconds or 2 hours, more than 0 seconds.', 'what it can be'
);
select is(
  pg_temp.hint('{"lease_time": "1 day"}'), 'It is a time such as 90 seconds or 2 hours, 3 seconds to 10 minutes.', 'between two'
);
select throws_ok($$select basepool.configure('{"user_active_limit": 0}')$$, 'TP009', 'user_active_limit can''t be ''0''');
select is(pg_temp.hint('{"user_active_limit": 0}'), 'It is a whole number, 1 or more.', 'a number');
select is(pg_temp.hint('{"user_active_limit": 99999999999}'), 'It is a whole number, 1 or more.', 'too large for its type');
select is(pg_temp.hint('{"late_success_delivers": "perhaps"}'), 'It is true or false.', 'no truth');
select throws_ok($$select basepool.configure('{"stuck_message": null}')$$, 'TP009', 'stuck_message can''t be null');
select is(pg_temp.hint('{"stuck_message": ""}'), 'It is a text, not empty.', 'an empty text');
select throws_ok(
  $$select basepool.configure('{"stuck_after": "1 hour", "max_attempts": 101}')$$, 'TP009', 'max_attempts can''t be ''101''',
  'of several the one that is wrong'
);
select throws_ok($$select basepool.configure('[]')$$, 'TP009', 'the changes are no JSON object');
select throws_ok($$select basepool.configure(null)$$, 'TP009', 'the changes are no JSON object');
select is((select count(*) from basepool.settings), 1::bigint, 'there is one row of settings');
select results_eq(
  'select s.user_active_limit, s.stuck_after from basepool.settings as s', $$values (7, interval '20 minutes')$$
  , 'and a refused change has changed nothing'
);

select * from finish();
rollback;
