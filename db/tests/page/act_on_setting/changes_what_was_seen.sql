-- a setting is changed from what the operator saw, or not at all
begin;
select plan(14);
\ir ../../helpers.psql

delete from basepool.audit;
select is(
  basepool.act_on_setting('anna', 'max_attempts', '7', '"4"'), '{"name": "max_attempts", "was": "4", "value": "7"}', 'changed'
);
select throws_ok(
  $$select basepool.act_on_setting('bob', 'max_attempts', '9', '"4"')$$, 'PT409', 'max_attempts is ''7'' by now'
  , 'bob saw what was before'
);
select is((select s.max_attempts from basepool.settings as s), 7, 'and changed nothing');
select is(basepool.act_on_setting('bob', 'max_attempts', '"9"', '7') ->> 'value', '9', 'as a text or a number');
select is(
  basepool.act_on_setting('bob', 'stuck_after', '"20 minutes"', '"30 minutes"') ->> 'value', '20 minutes', 'a time'
);
select is(basepool.act_on_setting('bob', 'stuck_after', null, '"20 minutes"') ->> 'value', '30 minutes', 'the default');
select is(basepool.act_on_setting('bob', 'realtime', 'true', 'false') ->> 'value', 'true', 'true or false');
select is(
  basepool.act_on_setting('bob', 'budget_usd_per_day', '5', 'null') ->> 'was', null, 'what is null is expected as null'
);
select results_eq(
  $$select a.actor, a.target, a.details #>> '{max_attempts,was}' from basepool.audit as a order by a.id limit 2$$
  , $$values ('anna', 'max_attempts', '4'), ('bob', 'max_attempts', '7')$$, 'one row each'
);
select throws_ok(
  $$select basepool.act_on_setting('bob', 'max_attempts', '0', '9')$$, 'TP009', 'max_attempts can''t be ''0''', 'out of its limits'
);
select throws_ok(
  $$select basepool.act_on_setting('bob', 'max_attempts', '{"a": 1}', '9')$$, 'TP009', null, 'of no kind that a setting has'
);
select throws_ok(
  $$select basepool.act_on_setting('bob', 'nothing', '1', '1')$$, 'TP009', 'there is no setting ''nothing''', 'no such one'
);
select throws_ok($$select basepool.act_on_setting('bob', null, '1', '1')$$, 'TP009', 'there is no setting ''''', 'none');
-- the page's login is not the owner's
select set_config('session_authorization', 'basepool_operator', true);
select throws_ok(
  $$select basepool.act_on_setting('bob', 'settled_hook', '"a.b"', null)$$, 'TP019', null, 'the owner''s own can''t be had here'
);
select set_config('session_authorization', 'postgres', true);

select * from finish();
rollback;
