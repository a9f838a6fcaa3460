-- what can't be a token, or is in the pool already, is refused by name and never shown
begin;
select plan(10);
\ir ../../helpers.psql

prepare add(text) as select basepool.add_token($1);
select throws_ok(
  format('execute add(%L)', t.token), 'TP007',
  'this is not a token: it is empty, too short or too long, or has spaces or unprintable characters in it'
)
from (values (''), ('short'), ('r8_with a space'), (E'r8_with\nnewline'), ('r8_ünprintable'), (repeat('x', 501))) as t (token);
select lives_ok($$execute add('r8_token_number_1')$$, 'a good one');
select throws_ok($$execute add(E'r8_token_number_1\n')$$, 'TP006', 'this token is in the pool already', 'however it is written');
select throws_ok($$execute add('r8_token_number_1')$$, 'TP006', 'this token is in the pool already');
select throws_ok(
  $$select basepool.add_token('r8_token_number_2', p_max_in_flight => 0)$$, 'PT400', 'max_in_flight is 0'
);

select * from finish();
rollback;
