-- an alarm opens once, is said again seldom, and closes once its reason has stayed away
begin;
select plan(20);
\ir ../../helpers.psql

update basepool.settings set alert_url = 'https://hooks.example.com/services/secret', alert_repeat_after = '1 hour';
create function pg_temp.look(p_is_wrong boolean, p_is_complete boolean default true) returns jsonb
language sql as $$
  select basepool._ring(
    basepool.now()
    , case when p_is_wrong then '[{"name": "QueueOld", "severity": "page", "says": "they wait for <!channel> & more"}]' else '[]' end::jsonb
    , p_is_complete
  )
$$;
create function pg_temp.told() returns text
language sql as $$
  select string_agg(m.kind, ' ' order by m.id) from basepool.alert_messages as m
$$;

select is(pg_temp.look(false), '{"open": 0, "opened": 0, "closed": 0}', 'all is well');
select is(pg_temp.look(true), '{"open": 1, "opened": 1, "closed": 0}', 'it opens');
select is(pg_temp.told(), 'opened', 'and that is said');
select is(
  (select m.body ->> 'text' from basepool.alert_messages as m)
  , 'ALARM QueueOld: they wait for &lt;!channel&gt; &amp; more (basepool, database ' || current_database() || ')'
  , 'in a line that means nothing else to Slack'
);
select is(
  (select m.body -> 'alert' ->> 'state' from basepool.alert_messages as m), 'open', 'and in fields'
);
select pg_temp.pass('1 minute');
select is(pg_temp.look(true), '{"open": 1, "opened": 0, "closed": 0}', 'it lasts');
select is(pg_temp.told(), 'opened', 'and nothing more is said');
select pg_temp.pass('1 minute');
select is(pg_temp.look(false) -> 'closed', '0', 'it is away for a moment');
select pg_temp.pass('1 minute');
select is(pg_temp.look(false) -> 'closed', '1', 'and stays away');
select is(pg_temp.told(), 'opened closed', 'that is said, too');
select is(
  (select m.body ->> 'text' from basepool.alert_messages as m
where m.kind = 'closed')
  , 'OVER: QueueOld after 3 minutes, it was: they wait for &lt;!channel&gt; &amp; more (basepool, database '
  || current_database()
  || ')'
  , 'with how long it was so'
);

-- it comes back again and again
select pg_temp.pass('1 minute');
select is(pg_temp.look(true) -> 'opened', '1', 'it comes back');
select pg_temp.pass('3 minutes');
select is(pg_temp.look(false) -> 'closed', '0', 'now it has to be away for longer');
select pg_temp.pass('1 minute');
select is(pg_temp.look(false, false) -> 'closed', '0', 'what could not be looked at is not over');
select is(pg_temp.look(false) -> 'closed', '1', 'but then it is');

-- it lasts for hours
select pg_temp.look(true);
update basepool.alert_messages set due_at = null, sent_at = basepool.now();
select pg_temp.pass('61 minutes');
select pg_temp.look(true);
select is(pg_temp.told(), 'opened closed opened closed opened again', 'it is said again after a while');
select pg_temp.pass('61 minutes');
select pg_temp.look(true);
select is(pg_temp.told(), 'opened closed opened closed opened again', 'but not while the last time has not been heard');

-- nobody is to be told
delete from basepool.alerts;
update basepool.settings set alert_url = null;
select pg_temp.look(true);
select is(pg_temp.told(), null, 'without an URL nothing is written');
update basepool.settings set alert_url = 'https://hooks.example.com/services/secret';
select pg_temp.look(true);
select is(pg_temp.told(), 'opened', 'what is open when there is one is said');
select throws_ok(
  $$insert into basepool.alerts (name, severity, says, opened_at, last_seen_at, said_at)
  values ('QueueOld', 'page', 'it waits', now(), now(), now())$$
  , '23505', null, 'no alarm is open twice'
);

select * from finish();
rollback;
