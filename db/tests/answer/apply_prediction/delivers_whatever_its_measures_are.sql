-- a paid success is delivered, whatever is odd around it; and what can't be applied says why
begin;
select plan(18);
\ir ../../helpers.psql

select pg_temp.add_tokens(1, 20);
create temporary table odd (n integer generated always as identity, member jsonb);
insert into odd (member)
select m::jsonb from (
  values
  ('{"metrics": {"predict_time": "1.5s"}}'), ('{"metrics": {"predict_time": -1}}'), ('{"metrics": {"predict_time": 1e300}}')
  , ('{"metrics": "fast"}'), ('{"metrics": null}'), ('{"logs": {"lines": []}}'), ('{"error": {"code": 5}}')
  , ('{"created_at": "soon", "started_at": 5, "completed_at": {}}'), ('{"urls": null}'), ('{"input": "a cat"}')
  , ('{"id": null}'), ('{"id": 5}')
) as c (m);
create temporary table attempt as
select
o.n,
o.member,
pg_temp.start(o.n) as id
from odd as o;
select basepool.record_submitted(a.id, pg_temp.prediction('p' || a.n, 'starting')) from attempt as a;
select is(
  basepool.apply_prediction(
    a.id, pg_temp.prediction('p' || a.n, 'succeeded', null, '"https://x/1.png"') || a.member
    , case a.n % 2 when 0 then 'webhook' else 'poll' end, case a.n % 2 when 0 then 'w' || a.n end
  ), 'applied', a.member::text
)
from attempt as a
order by a.n;
select results_eq(
  'select g.status, g.replicate_prediction_id like ''p%'', count(*) from public.generations as g group by 1, 2',
  $$values ('completed', true, 12::bigint)$$, 'all are completed, with the id that was known'
);
select is(b.predict_seconds, 1.5, 'as far as it is one') from attempt as a
inner join basepool.attempts as b on a.id = b.id
where a.n = 1;

truncate attempt;
insert into attempt values (21, '{}', pg_temp.start(21));
select throws_ok(
  format($$select basepool.apply_prediction(%L, '{"id": "p21", "status": {"is": "succeeded"}}', 'poll')$$, a.id), 'PT400'
  , 'this is not a prediction: it has no id or no status', 'a status is needed'
) from attempt as a;
select throws_ok(
  format($$select basepool.apply_prediction(%L, '{"id": 7, "status": "succeeded"}', 'webhook', 'w7')$$, a.id), 'PT400'
  , 'this is not a prediction: it has no id or no status', 'and an id, where nobody knows one'
) from attempt as a;
select is(basepool.record_submitted(a.id, '{"id": "p21", "status": []}'), 'recorded', 'what was accepted exists, whatever it says')
from attempt as a;
select results_eq(
  'select a.state, a.prediction_id from basepool._all_attempts() as a where a.finished_at is null', $$values ('running', 'p21')$$
  , 'and runs'
);

select * from finish();
rollback;
