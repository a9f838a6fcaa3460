-- however large the table is: without an index on the time the end of the table, with one the newest
begin;
select plan(6);
\ir ../../helpers.psql

select pg_temp.submit(1);
insert into public.generations (user_id, action, model_id, model_name, replicate_model, prompt, status, created_at)
select
  pg_temp.user_id(1),
  'create',
  'm',
  'M',
  'acme/one',
  repeat(md5(n::text), 40),
  'completed',
  now() - interval '1 hour' + n * interval '1 s'
from generate_series(1, 200) as n;
select is((select count(*) from basepool._newest_generations(now() - interval '1 day')), 201::bigint, 'all, where they are few');
select cmp_ok(
  (select count(*) from basepool._newest_generations(now() - interval '1 day', p_pages => 3)),
  '<',
  60::bigint,
  'those of three pages'
);
select cmp_ok(
  (select count(*) from basepool._newest_generations(now() - interval '1 day', p_pages => 3)), '>', 0::bigint, 'the last ones'
);
select is((select count(*) from basepool._newest_generations(now() - interval '1 day', 50)), 50::bigint, 'or so many');
select is(
  (select count(*) from basepool._newest_generations(now() - interval '1 hour' + interval '150 s')), 51::bigint, 'since then'
);

create index on public.generations (created_at);
select is(
  (
    select count(*) from basepool._newest_generations(now() - interval '1 day', 50) as g
    where g.is_ours
  ), 1::bigint, 'by an index the newest come first'
);

select * from finish();
rollback;
