-- settings are typed and bounded; what is wrong is named, and nothing changes
begin;
select plan(11);

select is(basepool.configure() ->> 'user_active_limit', '5', 'without changes it shows them');
select ok(not basepool.configure() ? 'id', 'but not what is no setting');
select is(
  basepool.configure('{"stuck_after": "20 minutes", "user_active_limit": 7}') ->> 'stuck_after', '00:20:00', 'several at a time'
);
select is((select s.user_active_limit from basepool.settings as s), 7, 'are kept');
select throws_ok($$select basepool.configure('{"stuck": "1 h"}')$$, 'TP009', 'there is no setting ''stuck''');
select throws_ok($$select basepool.configure('{"id": false}')$$, 'TP009', 'there is no setting ''id''');
select throws_ok(
  $$select basepool.configure('{"stuck_after": "soon"}')$$, 'TP009', 'invalid input syntax for type interval: "soon"'
);
select throws_ok(
  $$select basepool.configure('{"user_active_limit": 0}')$$, 'TP009',
  'new row for relation "settings" violates check constraint "settings_user_active_limit_check"'
);
select throws_ok(
  $$select basepool.configure('{"stuck_message": null}')$$, 'TP009',
  'null value in column "stuck_message" of relation "settings" violates not-null constraint'
);
select is((select count(*) from basepool.settings), 1::bigint, 'there is one row of settings');
select is((select s.user_active_limit from basepool.settings as s), 7, 'and a refused change has changed nothing');

select * from finish();
rollback;
