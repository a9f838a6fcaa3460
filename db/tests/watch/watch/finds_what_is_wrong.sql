-- each alarm opens for its reason and closes by itself
begin;
select plan(26);
\ir ../../helpers.psql

create function pg_temp.rings() returns text
language sql as $$
  select string_agg(l.name, ' ' order by l.name) from basepool._list_alerts() as l
$$;
create function pg_temp.look() returns text
language plpgsql as $$
begin
  perform basepool.run_job('watch');
  return pg_temp.rings();
end
$$;
-- two runs later
create function pg_temp.later() returns text
language plpgsql as $$
begin
  perform pg_temp.look();
  perform pg_temp.pass('2 minutes');
  return pg_temp.look();
end
$$;
create function pg_temp.beat(p_doing text default 'claims') returns void
language sql as $$
  select basepool.heartbeat('tester', '0.1', 1, p_doing, 2, 1, true)
$$;
select pg_temp.add_tokens(2);

select is(pg_temp.look(), null, 'all is well');

-- the pool is dead
select basepool.record_probe(t.id, 401, '{"detail": "Unauthenticated"}') from public.replicate_tokens as t;
update public.replicate_tokens set suspended_at = basepool.now(), suspended_until = basepool.now() + interval '1 hour'
  , suspended_reason = 'HTTP 401: refused';
select is(pg_temp.look(), 'PoolDead', 'every token is refused');
select matches(
  (select l.says from basepool._list_alerts() as l),
  'no token is usable: token \d+: HTTP 401: refused.* basepool tokens list',
  'why, and what to do'
);
select is((select l.severity from basepool._list_alerts() as l), 'page', 'for that somebody gets up');
update public.replicate_tokens set suspended_at = null, suspended_until = null, suspended_reason = null, is_active = true;
select is(pg_temp.later(), null, 'they are back');

-- nobody claims
select pg_temp.submit(1);
select is(pg_temp.look(), null, 'it has just come');
select pg_temp.pass('61 seconds');
select is(pg_temp.look(), 'NobodyClaims', 'it waits, and nobody comes');
select pg_temp.beat('can''t claim: TP040 it took too long');
select is(pg_temp.look(), 'NobodyClaims', 'who comes and can''t is no help');
select pg_temp.pass('10 minutes');
select is(pg_temp.look(), 'NobodyClaims QueueOld', 'by now it is old');
select c.attempt_id from basepool.claim_generations('tester', 1) as c;
select pg_temp.beat();
select is(pg_temp.later(), null, 'somebody has come');

-- a worker that runs and takes nothing
select pg_temp.submit(2);
select pg_temp.pass('61 seconds');
select pg_temp.beat('has nothing to do');
select is(pg_temp.look(), 'NobodyClaims', 'it thinks that there is nothing');
select ok((select l.says like '%though a worker runs%' from basepool._list_alerts() as l), 'and is said to');
select c.attempt_id from basepool.claim_generations('tester', 1) as c;

-- credit
update basepool.accounts set credit = 'none'
where username = 'sim-1';
select is(pg_temp.look(), 'CreditNone NobodyClaims', 'an account is empty');
update basepool.accounts set credit = 'ok';
select pg_temp.pass('10 minutes');
select is(pg_temp.look(), null, 'all is over');

-- unknown
update basepool.settings set alert_unknown = 2;
select is(pg_temp.look(), null, 'none is unknown');
update basepool.seats set state = 'unknown'
where attempt_id is not null;
select is(pg_temp.look(), 'UnknownMany', 'two are');
update basepool.seats set state = 'running'
where attempt_id is not null;
select pg_temp.pass('10 minutes');
select is(pg_temp.look(), null, 'none is any more');

-- stuck
update basepool.settings set alert_stuck = 1, stuck_after = '1 hour';
select pg_temp.pass('15 minutes');
select is(pg_temp.look(), null, 'none is stuck yet');
select pg_temp.pass('11 minutes');
update basepool.settings set stuck_after = '5 minutes';
select is(pg_temp.look(), 'StuckGrowing', 'there are more than ten minutes ago');
select pg_temp.pass('11 minutes');
select is(pg_temp.look(), null, 'there are no more than before');
update basepool.settings set stuck_after = '1 year';

-- spending
insert into basepool.spending (account_id, hour, runs, seconds, usd)
select
a.id,
date_trunc('hour', basepool.now(), 'UTC') - d.n * interval '1 day',
1,
case d.n when 0 then 3600 else 1000 end,
0
from basepool.accounts as a
cross join generate_series(0, 7) as d (n)
where a.username in ('sim-1', 'sim-2');
select is(pg_temp.look(), 'SpendAnomaly', 'it is 3.6 times what it was on other days');
select matches(
  (select l.says from basepool._list_alerts() as l)
  , '^7200 s of predictions in the hour from .* UTC, 3\.6 times what is usual at that hour \(2000 s\)', 'how much'
);
update basepool.settings set alert_spend_factor = 4;
select pg_temp.pass('10 minutes');
select is(pg_temp.look(), null, 'who finds that usual says so');
update basepool.settings set alert_spend_factor = 3, alert_spend_seconds = 8000;
select is(pg_temp.look(), null, 'a little is never too much');
delete from basepool.spending
where hour < basepool.now() - interval '50 hours';
update basepool.settings set alert_spend_seconds = 100;
select is(pg_temp.look(), null, 'two days are no habit');

select is((select count(*)::integer from basepool.alerts
where closed_at is null), 0, 'nothing is left open');

select * from finish();
rollback;
