-- a prediction is asked for only with a token of the account it belongs to: the one that made it, or another one that works
begin;
select plan(5);
\ir ../../helpers.psql

create temporary table pool as
select
  (basepool.add_token('r8_token_of_acme_1', 'acme', 'user', null, 1)).token_id as first_one,
  (basepool.add_token('r8_token_of_other', 'other', 'user', null, 1)).token_id as foreign_one,
  (basepool.add_token('r8_token_of_acme_2', 'acme', 'user', null, 1)).token_id as second_one;
select basepool.record_submitted(pg_temp.start(1), pg_temp.prediction('p1', 'processing'));
select is((select a.token_id from basepool._all_attempts() as a), (select p.first_one from pool as p), 'made with the first token');

select is_empty($$select * from basepool.claim_checks(9)$$, 'not asked for while a webhook may come');
select pg_temp.pass('90 seconds');
select results_eq(
  $$select prediction_id, token from basepool.claim_checks(9)$$, $$values ('p1', 'r8_token_of_acme_1')$$,
  'asked for with the token that made it'
);
select basepool.disable_token((select p.first_one from pool as p));
select pg_temp.pass('100 seconds');
select results_eq(
  $$select prediction_id, token from basepool.claim_checks(9)$$, $$values ('p1', 'r8_token_of_acme_2')$$,
  'or with another one of its account'
);
delete from public.replicate_tokens
where id = (select p.second_one from pool as p);
select basepool.enable_token((select p.first_one from pool as p));
select basepool.record_check_failed(a.id, 500, 'HTTP 500') from basepool._all_attempts() as a;
select results_eq(
  $$select a.state, a.error, a.check_at - basepool.now() between '160 seconds' and '200 seconds'
  from basepool.seats as a where a.attempt_id is not null$$,
  $$values ('running', 'asking Replicate failed: HTTP 500', true)$$, 'a check in vain changes nothing else; the pauses double'
);

select * from finish();
rollback;
