-- whoever resumes an account means that it works again
begin;
select plan(6);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
select basepool.configure('{"stuck_after": "1 day"}');
select pg_temp.submit_many(3);
select basepool.record_rejected(c.attempt_id, 'http', 402, '{"title": "Insufficient credit"}')
from basepool.claim_generations('tester', 1) as c;
select is((select l.state from basepool.list_tokens() as l), 'cooling', 'no credit');
select is(basepool.resume('account', 'sim-1'), 'its cooldown is over', 'resumed');
select is((select count(*) from basepool.claim_generations('tester', 9)), 3::bigint, 'it has all');
select basepool.pause('account', 'sim-1');
select basepool.record_rejected(a.id, 'http', 402, '{"title": "Insufficient credit"}')
from basepool._all_attempts() as a
where a.finished_at is null;
select is((select l.state from basepool.list_tokens() as l), 'paused', 'both');
select is(basepool.resume('account', 'sim-1'), 'resumed, its cooldown is over', 'both are over');
select is(basepool.resume('account', 'sim-1'), 'was not paused', 'once');

select * from finish();
rollback;
