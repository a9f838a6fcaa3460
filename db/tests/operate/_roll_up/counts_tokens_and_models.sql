-- one run does both, and says how many of each
begin;
select plan(2);
\ir ../../helpers.psql

select is(basepool._roll_up(), '{"token_hours": 0, "models": 0}'::jsonb, 'nothing to do');
select pg_temp.add_tokens(1);
select basepool.apply_prediction(pg_temp.start(u.n), pg_temp.prediction('p' || u.n, 'succeeded'), 'poll')
from generate_series(1, 20) as u (n);
select is(basepool._roll_up(), '{"token_hours": 1, "models": 1}'::jsonb, 'one token in one hour, one model');

select * from finish();
rollback;
