-- what nobody could do is no what-if; and what it would take is said
begin;
select plan(20);
\ir ../../helpers.psql

create temporary table pool as select (pg_temp.add_tokens(1))[1] as id;
create function pg_temp.ask(p_changes text) returns jsonb language sql as $$
  select basepool.page_what_if(replace(p_changes, '#', (select p.id::text from pool as p))::jsonb)
$$;

select throws_ok('select basepool.page_what_if(null)', 'PT400', 'the changes are no JSON object', 'nothing');
select throws_ok($$select pg_temp.ask('[]')$$, 'PT400', 'the changes are no JSON object', 'a list');
select throws_ok($$select pg_temp.ask('"x"')$$, 'PT400', 'the changes are no JSON object', 'a text');
select throws_ok($$select pg_temp.ask('{"speed": 9}')$$, 'PT400', 'speed can''t be ''9''', 'an unknown key');
select throws_ok($$select pg_temp.ask('{"tokens": 9}')$$, 'PT400', 'tokens can''t be ''9''', 'no tokens');
select throws_ok($$select pg_temp.ask('{"tokens": {"#": 9}}')$$, 'PT400', null, 'a token that is a number');
select throws_ok($$select pg_temp.ask('{"tokens": {"x": {}}}')$$, 'PT400', 'token x can''t be ''{}''', 'a token of no number');
select throws_ok($$select pg_temp.ask('{"tokens": {"#": {"speed": 1}}}')$$, 'PT400', null, 'what no token has');
select throws_ok($$select pg_temp.ask('{"tokens": {"#": {"is_active": "yes"}}}')$$, 'PT400', null, 'no truth');
select throws_ok($$select pg_temp.ask('{"tokens": {"#": {"max_in_flight": 0}}}')$$, 'PT400', null, 'no seats');
select throws_ok($$select pg_temp.ask('{"tokens": {"#": {"max_in_flight": 1001}}}')$$, 'PT400', null, 'too many');
select throws_ok($$select pg_temp.ask('{"tokens": {"#": {"max_in_flight": 1.5}}}')$$, 'PT400', null, 'half a seat');
select throws_ok($$select pg_temp.ask('{"tokens": {"#": {"max_in_flight": null}}}')$$, 'PT400', null, 'null');
select throws_ok(
  $$select pg_temp.ask('{"tokens": {"999": {"is_active": true}}}')$$, 'TP005', 'there is no token 999', 'no such token'
);
select throws_ok($$select pg_temp.ask('{"creates_per_minute": {"1": 0}}')$$, 'PT400', null, 'no creates');
select throws_ok($$select pg_temp.ask('{"creates_per_minute": {"1": 1e99}}')$$, 'PT400', null, 'too many');
select throws_ok(
  $$select pg_temp.ask('{"creates_per_minute": {"999": 5}}')$$, 'PT404', 'there is no account 999', 'no such account'
);
select throws_ok($$select pg_temp.ask('{"hands": -1}')$$, 'PT400', 'hands can''t be ''-1''', 'less than no hands');

-- a pool in which nothing can be leased
select basepool.disable_token(p.id) from pool as p;
select pg_temp.submit();
select is(
  pg_temp.ask('{"hands": 5}') -> 'then' ->> 'bound_by', 'no token', 'no token'
);
select is(pg_temp.ask('{"hands": 5, "tokens": {"#": {"is_active": true}}}') #>> '{then,seats}', '10', 'with one there is');

select * from finish();
rollback;
