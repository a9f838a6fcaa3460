-- one setting, as text, checked as configure checks it; the owner's own is the owner's
begin;
select plan(11);

select results_eq(
  $$select c.* from basepool.change_setting('stuck_after', '20 minutes') as c$$,
  $$values ('stuck_after', '30 minutes', '20 minutes')$$, 'a time'
);
select results_eq(
  $$select c.* from basepool.change_setting('user_active_limit', '7') as c$$,
  $$values ('user_active_limit', '5', '7')$$, 'a number'
);
select results_eq(
  $$select c.* from basepool.change_setting('user_active_limit') as c$$,
  $$values ('user_active_limit', '7', '5')$$, 'back to the default'
);
select is((select s.stuck_after from basepool.settings as s), interval '20 minutes', 'the others stay');
select throws_ok($$select basepool.change_setting('stuck', '1')$$, 'TP009', 'there is no setting ''stuck''');
select throws_ok($$select basepool.change_setting(null, '1')$$, 'TP009', 'there is no setting ''''');
select throws_ok($$select basepool.change_setting('max_attempts', 'many')$$, 'TP009', 'max_attempts can''t be ''many''');
select throws_ok(
  $$select basepool.change_setting('keep_outputs')$$, 'TP009', 'keep_outputs can''t be null', 'it has no default'
);

-- what is named there is called with the owner's rights
select set_config('session_authorization', 'basepool_glue', true);
select throws_ok(
  $$select basepool.change_setting('settled_hook', 'pg_catalog.pg_sleep')$$, 'TP019', 'settled_hook can be set by the owner only'
);
select throws_ok($$select basepool.change_setting('settled_hook')$$, 'TP019', 'settled_hook can be set by the owner only');
select lives_ok($$select basepool.change_setting('stuck_after')$$, 'the glue may change the others');
select set_config('session_authorization', 'postgres', true);

select * from finish();
rollback;
