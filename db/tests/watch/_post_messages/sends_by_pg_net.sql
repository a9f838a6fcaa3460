-- where pg_net is, the database sends by itself, looks whether it arrived, and repeats
begin;
select plan(21);
\ir ../../helpers.psql
\ir ../../net.psql

create function pg_temp.look(p_is_wrong boolean default true) returns void
language plpgsql as $$
begin
  perform basepool._read_answers(basepool.now());
  perform basepool._ring(
    basepool.now(), case when p_is_wrong then '[{"name": "PoolDead", "severity": "page", "says": "none is usable"}]' else '[]' end::jsonb
    , true
  );
  perform basepool._write_heartbeat(basepool.now());
  perform basepool._post_messages(basepool.now());
end
$$;
create function pg_temp.answer(p_status integer, p_error text default null) returns void
language sql as $$
  with taken as (delete from net.http_request_queue returning id)
  insert into net._http_response (id, status_code, timed_out, error_msg) select t.id, p_status, false, p_error from taken as t
$$;
create function pg_temp.queued() returns integer
language sql as $$
  select count(*)::integer from net.http_request_queue
$$;
select
    throws_ok(
        'select basepool.send_test_alert()',
        'TP060',
        'alarms can''t be sent: alert_url: it is not set',
        'there is nowhere to send it'
    );
select basepool.configure('{"alert_url": "https://hooks.example.com/services/T0/B0/secretsecret"}');

select pg_temp.look();
select is(pg_temp.queued(), 1, 'it is sent');
select results_eq(
  $$select q.method, q.url, convert_from(q.body, 'UTF8')::jsonb -> 'alert' ->> 'name' from net.http_request_queue as q$$
  , $$values ('POST'::text, 'https://hooks.example.com/services/T0/B0/secretsecret'::text, 'PoolDead'::text)$$, 'what, to whom'
);
select is((select count(*)::integer from basepool.claim_alert_messages()), 0, 'the glue has none of it');
select is(basepool._has_due_messages(basepool.now() + interval '1 hour'), false, 'and is not asked to');
select pg_temp.look();
select is(pg_temp.queued(), 1, 'nobody else sends it');
select pg_temp.answer(503);
select pg_temp.pass('1 minute');
select pg_temp.look();
select is((select m.error from basepool.alert_messages as m), 'it answers 503', 'it did not arrive');
select pg_temp.pass('1 minute');
select pg_temp.look();
select is(pg_temp.queued(), 1, 'it is sent again');
-- what is lost with the memory of the server
delete from net.http_request_queue;
select pg_temp.pass('1 minute');
select pg_temp.look();
select is((select m.tries from basepool.alert_messages as m), 2, 'of that one nothing is known');
select pg_temp.pass('2 minutes');
select pg_temp.look();
select pg_temp.answer(null, 'could not reach https://hooks.example.com/services/T0/B0/secretsecret today');
select pg_temp.pass('1 minute');
select pg_temp.look();
select is((select m.error from basepool.alert_messages as m), 'could not reach … today', 'no error has the URL');
select ok((select m.due_at > basepool.now() + interval '1 minute' from basepool.alert_messages as m), 'each time it waits longer');
select is(
  (select string_agg(f.name, ' ') from basepool._watch_findings(basepool.now()) as f),
  'alerts-not-sent',
  'that it fails is a finding'
);
select pg_temp.pass('10 minutes');
select pg_temp.look();
select pg_temp.answer(200);
select pg_temp.look();
select ok(
  (select m.sent_at is not null and m.due_at is null and m.error is null from basepool.alert_messages as m), 'it has arrived'
);
select pg_temp.pass('1 minute');
select pg_temp.look();
select is(pg_temp.queued(), 0, 'that is all');
select is((select l.tries from basepool.list_alerts() as l), 4, 'how often it was tried is shown');

-- where it goes is not shown
select
    is((select l.value from basepool.list_settings() as l
where l.name = 'alert_url'), 'https://hooks.example.com/…', 'not by the settings');
select is(
  (select count(*)::integer from basepool.audit as a
where a::text like '%secretsecret%'), 0, 'nor by the audit'
);
select throws_ok(
  $$select basepool.configure('{"alert_url": "htp://hooks.example.com/secretsecret"}')$$, 'TP009', 'alert_url can''t be that'
  , 'nor by an error'
);

-- all is well, and somebody outside hears it
select basepool.configure('{"heartbeat_url": "https://beats.example.com/secretsecret"}');
select pg_temp.look();
select is(pg_temp.queued(), 0, 'not while an alarm is open');
select pg_temp.pass('1 hour');
select pg_temp.look(false);
select
    is((select string_agg(q.url, ' ') from net.http_request_queue as q
where q.url like '%beats%'), 'https://beats.example.com/secretsecret', 'then it is');
delete from net.http_request_queue;
select pg_temp.pass('1 minute');
select pg_temp.look(false);
select is(
  (select count(*)::integer from basepool.alert_messages as m
where m.kind = 'heartbeat'),
  1,
  'one takes the place of the one before'
);

select * from finish();
rollback;
