-- a throttled account has the throttle's burst, whatever burst was set for it, and its own again afterwards
begin;
select plan(11);
\ir ../../helpers.psql

create temporary table pool as select (pg_temp.add_tokens(1, 100))[1] as id;
select basepool.limit_token(p.id, p_burst => 5) from pool as p;
select basepool.configure('{"stuck_after": "30 days"}');
select pg_temp.submit_many(60);
create function pg_temp.throttle(p_body text) returns void
language plpgsql as $$
begin
  perform basepool.record_rejected(c.attempt_id, 'http', 429, p_body) from basepool.claim_generations('tester', 1) as c;
  -- it has had nothing for long, and was tried
  perform pg_temp.pass('10 seconds');
  update basepool.accounts set cooled_at = null, cooldown_until = null, cooldown_reason = null, probing_until = null;
  update basepool.limiters set creates_spent = 0;
end
$$;
create function pg_temp.leases(p_max integer default 9) returns bigint
language sql as $$
  select count(*) from basepool.claim_generations('tester', p_max) as c where c.answer = 'lease'
$$;
select is(pg_temp.leases(), 5::bigint, 'five at once, as was set');
select pg_temp.pass('10 minutes');

select pg_temp.throttle(
  '{"detail": "Request was throttled. Your rate limit for creating predictions is reduced to 6 requests per minute with a burst of'
  || ' 1 requests while you have less than $5.0 in credit.", "retry_after": 5}'
);
select results_eq(
  'select a.throttled_per_minute, a.throttled_burst from basepool.accounts as a', 'values (6, 1)', 'six a minute, one at a time'
);
select is(pg_temp.leases(), 1::bigint, 'one at once');
create temporary table granted (at timestamptz, leases bigint);
do $$
begin
  for v_second in 1..60 loop
    perform pg_temp.pass('1 second');
    insert into granted select basepool.now(), pg_temp.leases();
  end loop;
end
$$;
select is((select max(g.leases) from granted as g), 1::bigint, 'never more at once');
select is((select sum(g.leases) from granted as g), 4::numeric, 'and what a minute allows: one in 12.4 seconds');
select matches(
  (select l.reason from basepool.list_tokens() as l), 'used its 6 creates a minute', 'the list says so'
);
select is(
  (select l.back_at from basepool.list_tokens() as l), (select c.busy_until from basepool.claim_generations('tester', 9) as c)
  , 'and the same time as the claim'
);

-- another one, with a larger burst than the account's own
select pg_temp.pass('1 hour');
select pg_temp.throttle('{"detail": "Your rate limit is reduced to 100 requests per minute with a burst of 20 requests."}');
select is(pg_temp.leases(), 5::bigint, 'its own burst is lower');
select pg_temp.pass('1 hour');
select pg_temp.throttle('{"detail": "Your rate limit is reduced to 30 requests per minute."}');
select is((select a.throttled_burst from basepool.accounts as a), 3, 'without a word about it a tenth');
select pg_temp.pass('11 minutes');
select is(pg_temp.leases(1), 1::bigint, 'the throttle is over');
select is(pg_temp.leases(), 4::bigint, 'and its own burst counts');

select * from finish();
rollback;
