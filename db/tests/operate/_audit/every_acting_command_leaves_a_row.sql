-- whatever people call to change something is in basepool.audit, with who it was and without secrets; what only looks is not
begin;
select plan(8);
\ir ../../helpers.psql

select set_config('application_name', 'basepool anna@laptop', true);
create temporary table done as select pg_temp.add_tokens(1) as tokens;
grant select on done to basepool_glue;
delete from basepool.audit;
select pg_temp.pass('1 second');
select set_config('session_authorization', 'basepool_glue', true);
create temporary table ids as
select basepool.submit_for_user(('00000000-0000-4000-8000-00000000000' || s.n)::uuid, 'acme/painter', '{"prompt": "a cat"}') as id
from generate_series(1, 2) as s (n);
select basepool.disable_token(d.tokens[1]) from done as d;
select basepool.enable_token(d.tokens[1]) from done as d;
select basepool.limit_token(d.tokens[1], p_weight => 2) from done as d;
select basepool.rotate_token(d.tokens[1], 'r8_another_secret_of_it') from done as d;
select basepool.remove_token(d.tokens[1]) from done as d;
select basepool.add_token('r8_token_number_2', 'sim-2', 'user', p_name => 'r8_pasted_here');
select basepool.cancel_for_user(i.id) from ids as i
order by i.id limit 1;
select basepool.cancel_generations(p_all => true, p_dry_run => false);
select basepool.retry_generations(p_error => 'whsec_pasted there "x"');
select basepool.change_setting('max_attempts', '5');
select basepool.limit_user('00000000-0000-4000-8000-000000000001', 9);
select basepool.run_job('cleanup', 'cli');
select basepool.record_command('run-job', 'reconcile');
-- who only looks leaves none, nor does a schedule
select basepool.get_status();
select basepool.cancel_generations(p_all => true);
select basepool.retry_generations(p_error => 'x', p_dry_run => true);
select basepool.limit_user('00000000-0000-4000-8000-000000000001');
select basepool.list_settings();
select basepool.run_job('cleanup', 'cron');
select set_config('session_authorization', 'postgres', true);

select results_eq(
  $$select a.action from basepool.audit as a order by a.id$$,
  array[
    'submit', 'submit', 'tokens disable', 'tokens enable', 'tokens limit', 'tokens rotate', 'tokens remove', 'tokens add', 'cancel'
    , 'cancel', 'retry', 'settings set', 'users limit', 'run-job', 'run-job'
  ],
  'each once, in order'
);
select is_empty(
  $$select a.* from basepool.audit as a where (a.login, a.role, a.application)
  is distinct from ('basepool_glue', 'basepool_glue', 'basepool anna@laptop')$$,
  'who it was'
);
select is_empty($$select a.action from basepool.audit as a where a.target is null and a.action <> 'retry'$$, 'to what');
select results_eq(
  $$select a.details from basepool.audit as a where a.action in ('settings set', 'users limit', 'tokens limit') order by a.id$$,
  $$values ('{"weight": {"is": 2, "was": 1}}'::jsonb), ('{"max_attempts": {"is": "5", "was": "4"}}')
    , ('{"is": "9", "was": "default"}')$$,
  'with what'
);
select is((select a.details ->> 'cancelled' from basepool.audit as a
where a.target = 'all'), '1', 'and what came of it');
select is_empty(
  $$select a.* from basepool.audit as a where to_jsonb(a)::text ~ 'another_secret|token_number|pasted'$$, 'no secret is in it'
);
select is((select a.details ->> 'error' from basepool.audit as a
where a.action = 'retry'), 'whsec_… there "x"', 'what stood around one is');

-- PostgREST logs in as one role and acts as another
grant execute on function basepool.record_command(text, text) to service_role;
select set_config('role', 'service_role', true);
select basepool.record_command('tried', 'it');
select set_config('role', 'none', true);
select results_eq(
  $$select a.login, a.role from basepool.audit as a where a.action = 'tried'$$, $$values ('postgres', 'service_role')$$
  , 'both roles are known'
);

select * from finish();
rollback;
