-- without pg_net the glue sends: each message to one of them, in order, until it has arrived
begin;
select plan(12);
\ir ../../helpers.psql

update basepool.settings set alert_url = 'https://hooks.example.com/services/secret';
select basepool._ring(basepool.now(), '[{"name": "QueueOld", "severity": "page", "says": "they wait"}]', true);
select ok(basepool._has_due_messages(basepool.now()), 'a heartbeat tells that there is one');
create temporary table taken as
select * from basepool.claim_alert_messages();
select is((select t.url from taken as t), 'https://hooks.example.com/services/secret', 'where to');
select is((select t.body -> 'alert' ->> 'name' from taken as t), 'QueueOld', 'what');
select is((select count(*)::integer from basepool.claim_alert_messages()), 0, 'nobody else has it');
select is(basepool.record_alert_message(t.lease, null, 'it can''t be reached'), 'again', 'it did not arrive') from taken as t;
select is(basepool.record_alert_message(t.lease, 200), 'late', 'whose turn is over decides nothing') from taken as t;

-- it is over before that was heard
select pg_temp.pass('2 minutes');
select basepool._ring(basepool.now(), '[]', true);
delete from taken;
insert into taken select * from basepool.claim_alert_messages();
select is((select count(*)::integer from taken), 1, 'what comes first is sent first');
-- whoever had it has died
select pg_temp.pass('46 seconds');
delete from taken;
insert into taken select * from basepool.claim_alert_messages();
select is((select t.body -> 'alert' ->> 'state' from taken as t), 'open', 'another one has it');
select is(basepool.record_alert_message(t.lease, 204), 'sent', 'it has arrived') from taken as t;
select is(
  (select c.body -> 'alert' ->> 'state' from basepool.claim_alert_messages() as c), 'closed', 'and then that it is over'
);
update basepool.alert_messages set written_at = basepool.now() - interval '25 hours', lease = '00000000-0000-4000-8000-000000000001'
where kind = 'closed';
select is(basepool.record_alert_message('00000000-0000-4000-8000-000000000001', 404), 'given up', 'nobody needs it after a day');
select is(
  (select count(*)::integer from basepool.alert_messages as m
where m.error like '%hooks%'), 0, 'no error has the URL'
);

select * from finish();
rollback;
