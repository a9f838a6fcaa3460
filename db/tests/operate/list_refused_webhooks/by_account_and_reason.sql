-- whose were refused, why, how many and since when; what names no attempt is nobody's
begin;
select plan(4);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table one as select pg_temp.start() as attempt;
select is_empty('select l.* from basepool.list_refused_webhooks() as l', 'none');
select basepool.record_webhook_refused(o.attempt, 'w1', 'bad signature') from one as o;
select pg_temp.pass('1 hour');
select basepool.record_webhook_refused(o.attempt, 'w' || n.n, 'bad signature') from one as o, generate_series(2, 3) as n (n);
select basepool.record_webhook_refused(null, null, 'unknown attempt');
-- forged: the seat is there, the attempt is not
select basepool.record_webhook_refused(
  (left(o.attempt::text, 24) || 'ffffffffffff')::uuid, 'w4', 'bad signature'
) from one as o;
select pg_temp.pass('1 minute');
select basepool.apply_prediction(o.attempt, pg_temp.prediction('p1', 'succeeded'), 'webhook', 'w5') from one as o;
select set_eq(
  $$select l.account, l.reason, l.times, basepool.now() - l.since as first, basepool.now() - l.last as last
  from basepool.list_refused_webhooks() as l$$,
  $$values ('sim-1', 'bad signature', 3, interval '61 minutes', interval '1 minute')
  , (null, 'bad signature', 1, '1 minute', '1 minute'), (null, 'unknown attempt', 1, '1 minute', '1 minute')$$,
  'an attempt that is over is known, too'
);
select is(
  (select l.times from basepool.list_refused_webhooks('30 minutes') as l
where l.account = 'sim-1'), 2, 'of some time'
);
select is(
  (select l.last_attempt from basepool.list_refused_webhooks() as l
where l.account = 'sim-1'), (select o.attempt from one as o), 'and which attempt the last one named'
);

select * from finish();
rollback;
