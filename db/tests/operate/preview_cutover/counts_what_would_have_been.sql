-- yesterday's rows, decided as the door decides; nothing is changed
begin;
select plan(7);
\ir ../../helpers.psql

update basepool.settings set adopted = true;
delete from basepool.cutover;
insert into public.generations (user_id, action, model_id, model_name, replicate_model, status, replicate_input, created_at)
select
  md5((s.n / 2)::text)::uuid,
  'create',
  'm',
  'M',
  m.model,
  'completed',
  case when m.model <> 'acme/empty' then '{}'::jsonb end,
  basepool.now() - m.age
from generate_series(2, 401) as s (n)
cross join (
  values ('acme/painter', interval '1 hour'), ('acme/painter', interval '2 days'), ('acme/empty', '1 hour')
  , ('fal-ai/flux', '1 hour')
) as m (model, age);
select is(
  basepool.preview_cutover('acme/*', 100)
  , jsonb_build_object(
    'pattern', 'acme/*', 'percent', 100, 'generations', 400, 'users', 200, 'of_generations', 400, 'of_users', 200, 'waiting', 0
  )
  , 'all of them'
);
select is(
  (p.said ->> 'users')::bigint, (
    select count(*) from generate_series(1, 200) as s (n)
where basepool._bucket_of(md5(s.n::text)::uuid) < 2500
  ), 'a quarter'
)
from (select basepool.preview_cutover('acme/*', 25) as said) as p;
select is((p.said ->> 'generations')::integer, 2 * (p.said ->> 'users')::integer, 'with all that is theirs')
from (select basepool.preview_cutover('acme/*', 25) as said) as p;
select is(basepool.preview_cutover('acme/%', 0) ->> 'generations', '0', 'none');
select is((select count(*) from basepool.cutover), 0::bigint, 'nothing was changed');
select basepool.cut_over('acme/painter', 100);
select pg_temp.submit_many(2);
select is(
  basepool.preview_cutover('acme/*', 100) ->> 'of_generations', '0', 'what a more specific pattern is about does not count'
);
select is(basepool.preview_cutover('acme/painter', null) ->> 'waiting', '2', 'what could be given back');

select * from finish();
rollback;
