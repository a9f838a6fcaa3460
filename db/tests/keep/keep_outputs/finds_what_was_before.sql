-- outputs of before, and of the app's own: only what still is at Replicate, each once, and only when a person asks
begin;
select plan(14);
\ir ../../helpers.psql
\ir ../outputs.psql

select pg_temp.add_tokens(1);
update basepool.settings set keep_outputs = false;
create temporary table own as
select pg_temp.complete(1, '["https://x.example.com/0.png", "data:text/plain,one"]', '10 minutes') as id;
insert into public.generations
(user_id, action, model_id, model_name, replicate_model, status, completed_at, output_urls, replicate_output)
values
-- what the app has completed, and has copied, in part
(
  pg_temp.user_id(2), 'create', 'm', 'M', 'a/b', 'completed', basepool.now() - interval '20 minutes'
  , array[
    'https://app.supabase.co/storage/v1/1.png', null, 'https://pbxt.replicate.delivery/2.png'
    , 'https://pbxt.replicate.delivery/2.png'
  ]
  , null
),
(
  pg_temp.user_id(3), 'create', 'm', 'M', 'a/b', 'completed', basepool.now() - interval '20 minutes'
  , array['https://app.supabase.co/storage/v1/1.png', 'https://replicate.delivery.example.com/1.png']
  , '{"output": "https://replicate.delivery/1.png"}'
),
(
  pg_temp.user_id(4), 'create', 'm', 'M', 'a/b', 'completed', basepool.now() - interval '3 hours'
  , array['https://replicate.delivery/1.png'], '"odd"'
),
(
  pg_temp.user_id(5), 'create', 'm', 'M', 'a/b', 'failed', basepool.now(), array['https://replicate.delivery/1.png'], null
);
select is_empty('select from basepool.output_files', 'nothing of it by itself');
select is(basepool.keep_outputs('1 hour'), 3, 'of the last hour');
select results_eq(
  $$select f.user_id, f.nth, f.source_url, f.source_bytes, case when f.source_url is not null then f.deadline - basepool.now() end
  from basepool.output_files as f order by 1, 2$$,
  $$values
  (pg_temp.user_id(1), 1, 'https://x.example.com/0.png', null::integer, interval '45 minutes')
  , (pg_temp.user_id(1), 2, null, 19, null)
  , (pg_temp.user_id(2), 3, 'https://pbxt.replicate.delivery/2.png', null, interval '35 minutes')$$,
  'what its prediction names, or what is Replicate''s'
);
select is(basepool.keep_outputs('1 hour'), 0, 'once');
select is(basepool.keep_outputs('1 day', p_max => 1), 1, 'of the last day');
select is((select f.deadline - basepool.now() from basepool.output_files as f
where f.user_id = pg_temp.user_id(4)), '-2 hours -5 minutes', 'which is late');
select is(
  (select basepool.keep_outputs(p_generation => g.id) from public.generations as g
where g.user_id = pg_temp.user_id(3)), 0
  , 'what has no source has none, by its id, too'
);
delete from basepool.output_files;
select is((select basepool.keep_outputs(p_generation => o.id) from own as o), 2, 'one by its id');
select throws_ok('select basepool.keep_outputs()', 'PT400', 'one of a time and a generation says whose outputs to keep');
select throws_ok(
  'select basepool.keep_outputs($$1 hour$$, gen_random_uuid())', 'PT400'
  , 'one of a time and a generation says whose outputs to keep'
);
select throws_ok(
  $$select basepool.keep_outputs(p_generation => '00000000-0000-4000-8000-000000000000')$$, 'PT404'
  , 'there is no generation 00000000-0000-4000-8000-000000000000'
);
select results_eq(
  $$select a.action, a.details from basepool.audit as a where a.action like 'outputs %' order by a.id limit 1$$,
  $$values ('outputs store', '{"since": "1 hour", "generations": 2, "files": 3}'::jsonb)$$, 'it is known who did it'
);

-- and they are shown like all others
select * from basepool.claim_output_files('keeper', 9);
select pg_temp.record(pg_temp.stored(pg_temp.lease(o.id, s.n))) from own as o cross join generate_series(1, 2) as s (n);
select ok(g.output_urls[1] like 'https://cdn.example.com/%/1.webp', 'the first') from own as o
inner join public.generations as g on o.id = g.id;
select ok(g.output_urls[2] like 'https://cdn.example.com/%/2.webp', 'the second') from own as o
inner join public.generations as g on o.id = g.id;

select * from finish();
rollback;
