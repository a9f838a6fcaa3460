-- a filter comes from a URL: what is wrong with it is said, and nothing is looked for
begin;
select plan(32);
\ir ../../helpers.psql

create function pg_temp.look(p_filter jsonb, p_action text default 'retry', p_max integer default 1000) returns jsonb
language sql as $$ select basepool.act_on_generations('anna', p_action, p_filter, null, p_max) $$;

select throws_ok(
  $$select pg_temp.look('{"tab": "failed"}', 'delete')$$, 'PT400', 'generations can''t be acted on by ''delete''', 'an action'
);
select throws_ok($$select pg_temp.look('{"tab": "failed"}', null)$$, 'PT400', 'generations can''t be acted on by null', 'none');
select throws_ok($$select pg_temp.look('{"tab": "failed"}', 'retry', 1001)$$, 'PT400', 'p_max is 1001', 'too many');
select throws_ok($$select pg_temp.look('{"tab": "failed"}', 'retry', 0)$$, 'PT400', 'p_max is 0', 'too few');
select throws_ok($$select pg_temp.look('{"tab": "failed"}', 'retry', null)$$, 'PT400', 'p_max is null', 'none');
select throws_ok('select pg_temp.look(null)', 'PT400', 'the filter is no JSON object', 'no filter');
select throws_ok($$select pg_temp.look('null')$$, 'PT400', 'the filter is no JSON object', 'null');
select throws_ok($$select pg_temp.look('[1]')$$, 'PT400', 'the filter is no JSON object', 'a list');
select throws_ok($$select pg_temp.look('"failed"')$$, 'PT400', 'the filter is no JSON object', 'a text');
select throws_ok($$select pg_temp.look('{}')$$, 'PT400', 'nothing says which generations to retry', 'all is no filter');
select throws_ok(
  $$select pg_temp.look('{"tab": null, "user_id": ""}', 'cancel')$$, 'PT400', 'nothing says which generations to cancel'
  , 'nor is nothing'
);
select throws_ok($$select pg_temp.look('{"status": "failed"}')$$, 'PT400', 'a filter has no ''status''', 'an unknown key');
select throws_ok(
  $$select pg_temp.look('{"tab": "waiting"}')$$, 'PT400', 'there is nothing to retry under ''waiting''', 'a tab of something else'
);
select throws_ok(
  $$select pg_temp.look('{"tab": "completed"}', 'cancel')$$, 'PT400', 'there is nothing to cancel under ''completed'''
  , 'what is over'
);
select throws_ok($$select pg_temp.look('{"tab": {"a": 1}}')$$, 'PT400', 'tab can''t be ''{"a": 1}''', 'an object for a text');
select throws_ok($$select pg_temp.look('{"user_id": "7"}')$$, 'PT400', 'user_id can''t be ''7''', 'no id');
select throws_ok($$select pg_temp.look('{"user_id": [1]}')$$, 'PT400', 'user_id can''t be ''[1]''', 'a list');
select throws_ok($$select pg_temp.look('{"token_id": "x"}')$$, 'PT400', 'token_id can''t be ''x''', 'no number');
select throws_ok($$select pg_temp.look('{"token_id": 1.5}')$$, 'PT400', 'token_id can''t be ''1.5''', 'half a token');
select throws_ok($$select pg_temp.look('{"token_id": 99999999999}')$$, 'PT400', 'token_id can''t be ''99999999999''', 'too large');
select throws_ok($$select pg_temp.look('{"token_id": true}')$$, 'PT400', 'token_id can''t be ''true''', 'a truth');
select throws_ok($$select pg_temp.look('{"since": "soon"}')$$, 'PT400', 'since can''t be ''soon''', 'no time');
select throws_ok(
  $$select pg_temp.look('{"until": "9999999 years"}')$$, 'PT400', 'until can''t be ''9999999 years''', 'before all time'
);
select throws_ok($$select pg_temp.look('{"ids": "x"}')$$, 'PT400', 'ids can''t be ''x''', 'no list');
select throws_ok($$select pg_temp.look('{"ids": []}')$$, 'PT400', 'there are 0 ids', 'an empty one');
select throws_ok($$select pg_temp.look('{"ids": ["x"]}')$$, 'PT400', null, 'no ids');
select throws_ok($$select pg_temp.look('{"ids": [{"a": 1}]}')$$, 'PT400', null, 'objects');
select throws_ok(
  $$select pg_temp.look(jsonb_build_object('ids', (select jsonb_agg(gen_random_uuid()) from generate_series(1, 1001))))$$, 'PT400'
  , 'there are 1001 ids', 'too many'
);
select throws_ok(
  $$select pg_temp.look(jsonb_build_object('model', repeat('x', 1001)))$$, 'PT400', null, 'no model is called so'
);
select is(
  pg_temp.look(jsonb_build_object('ids', jsonb_build_array(gen_random_uuid()))) ->> 'matched', '0', 'an id that nothing has'
);
select is(pg_temp.look('{"model": "''; drop table x; --%_"}') ->> 'matched', '0', 'a text is a text');
select is_empty('select from basepool.audit as a where a.action = ''retry''', 'nothing was done');

select * from finish();
rollback;
