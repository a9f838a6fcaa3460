-- what is given as a token: as it can be sent, and which one it is
begin;
select plan(4);
\ir ../../helpers.psql

create temporary table pool as select pg_temp.add_tokens(1) as ids;
select results_eq(
  $$select * from basepool.find_token(E'\ufeffr8_token_number_1 \n')$$,
  $$select 'r8_token_number_1', p.ids[1], 'sim-1', 1 from pool as p$$, 'known'
);
select results_eq(
  $$select * from basepool.find_token('r8_token_number_2 ')$$, $$values ('r8_token_number_2', null::integer, null::text, 0)$$, 'new'
);
select results_eq(
  $$select * from basepool.find_token('r8_token number_2')$$, $$values (null::text, null::integer, null::text, 0)$$, 'none'
);
select results_eq(
  $$select * from basepool.find_token(null)$$, $$values (null::text, null::integer, null::text, 0)$$, 'nothing'
);

select * from finish();
rollback;
