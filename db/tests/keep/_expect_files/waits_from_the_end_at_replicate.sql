-- a row per file, in the transaction that completes; by when follows from the end as Replicate says it
begin;
select plan(12);
\ir ../../helpers.psql
\ir ../outputs.psql

select pg_temp.add_tokens(1);
create temporary table own as
select pg_temp.complete(1, '["https://replicate.delivery/x/0.png", "https://replicate.delivery/x/1.png"]', '20 minutes') as id;
select results_eq(
  $$select f.nth, f.user_id, f.source_url, f.state, f.deadline - basepool.now()
  from basepool.output_files as f order by f.nth$$,
  $$values
  (1, pg_temp.user_id(1), 'https://replicate.delivery/x/0.png', 'waiting', interval '35 minutes')
  , (2, pg_temp.user_id(1), 'https://replicate.delivery/x/1.png', 'waiting', interval '35 minutes')$$,
  'two files, an hour less the margin from the end on'
);
select is(
  (select g.output_urls[2] from public.generations as g), 'https://replicate.delivery/x/1.png', 'shown as Replicate has them'
);

delete from basepool.output_files;
select pg_temp.complete(2, '"https://replicate.delivery/x/0.png"', '-3 hours');
select is((select f.deadline - basepool.now() from basepool.output_files as f), '55 minutes', 'nothing ends in the future');
delete from basepool.output_files;
select basepool.apply_prediction(
  pg_temp.start(3)
  , pg_temp.prediction('p3', 'succeeded', null, '{"image": "https://replicate.delivery/x/0.png"}')
  || '{"completed_at": "soon"}', 'poll'
);
select is((select f.deadline - basepool.now() from basepool.output_files as f), '55 minutes', 'what is no time is now');
delete from basepool.output_files;
select basepool.apply_prediction(
  pg_temp.start(4), pg_temp.prediction('p4', 'succeeded', null, '"https://replicate.delivery/x/0.png"'), 'poll'
);
select is((select f.deadline - basepool.now() from basepool.output_files as f), '55 minutes', 'and so is nothing');

delete from basepool.output_files;
select pg_temp.complete(5, '["data:image/png;base64,aGVsbG8=", "https://replicate.delivery/x/0.png"]', '50 minutes');
select results_eq(
  $$select f.nth, f.source_url, f.source_bytes, f.deadline - basepool.now() from basepool.output_files as f order by f.nth$$,
  $$values (1, null, 30, interval '1 day'), (2, 'https://replicate.delivery/x/0.png', null::integer, interval '5 minutes')$$,
  'a data: URL stays where it is, and has time'
);

-- nothing where there is nothing
delete from basepool.output_files;
select pg_temp.complete(6, '["only", "words"]');
select pg_temp.complete(7, 'null');
select basepool.apply_prediction(
  pg_temp.start(8), pg_temp.prediction('p8', 'succeeded', null, null) || '{"data_removed": true}', 'poll'
);
select is_empty('select from basepool.output_files', 'texts, nothing, and what was removed');
select basepool.apply_prediction(
  pg_temp.start(9), pg_temp.prediction('p9', 'failed', 'E005', '"https://replicate.delivery/x/0.png"'), 'poll'
);
select is_empty('select from basepool.output_files', 'nor of what failed');
update basepool.settings set keep_outputs = false;
select pg_temp.complete(10);
select is_empty('select from basepool.output_files', 'nor where outputs are not kept');
update basepool.settings set keep_outputs = true, output_margin = '10 minutes';

-- many at once
create temporary table many as select pg_temp.start(20 + s.n) as id from generate_series(1, 3) as s (n);
select basepool.apply_predictions(jsonb_agg(jsonb_build_object(
  'attempt', m.id, 'source', 'poll'
  , 'prediction'
  , pg_temp.prediction('p' || m.id, 'succeeded', null, '["https://replicate.delivery/a", "https://replicate.delivery/b"]')
))) from many as m;
select results_eq(
  $$select count(*), count(distinct f.generation_id), min(f.deadline) - basepool.now() from basepool.output_files as f$$,
  $$values (6::bigint, 3::bigint, interval '50 minutes')$$, 'a set as one by one'
);

-- more than anybody looks at
select pg_temp.complete(30, (select jsonb_agg('https://replicate.delivery/x/' || s.n) from generate_series(1, 150) as s (n)));
select is(
  (select count(*) from basepool.output_files as f
where f.user_id = pg_temp.user_id(30)), 150::bigint, 'a hundred and fifty'
);
select is(
  (select f.source_url from basepool.output_files as f
where f.user_id = pg_temp.user_id(30) and f.nth = 150), 'https://replicate.delivery/x/150', 'in their order'
);

select * from finish();
rollback;
