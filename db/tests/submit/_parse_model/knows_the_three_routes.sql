-- how a model is written decides how it is reached at Replicate; anything else is refused
begin;
select plan(16);

select results_eq(
  $$select m.model, p.route, p.target
  from (values
  ('black-forest-labs/flux-1.1-pro'), ('a/b:' || repeat('0123456789abcdef', 4)), (repeat('0123456789abcdef', 4)),
  ('deployments/acme/my-app')
  ) as m (model) cross join lateral basepool._parse_model(m.model) as p$$,
  $$values
  ('black-forest-labs/flux-1.1-pro', 'models', 'black-forest-labs/flux-1.1-pro'),
  ('a/b:' || repeat('0123456789abcdef', 4), 'predictions', 'a/b:' || repeat('0123456789abcdef', 4)),
  (repeat('0123456789abcdef', 4), 'predictions', repeat('0123456789abcdef', 4)),
  ('deployments/acme/my-app', 'deployments', 'acme/my-app')$$,
  'owner/name, owner/name:version, version, deployments/owner/name'
);

prepare bad(text) as select basepool._parse_model($1);
select throws_ok(format('execute bad(%L)', m.model), 'PT400', format('unknown model syntax: %s', quote_literal(m.model))
, 'not ' || translate(m.model, E'\n', '?'))
from (
  values ('flux'), ('a/b/c'), ('a/b:short'), ('a/b:' || repeat('A', 64)), ('/b'), ('a/'), (''), (' a/b'), (E'a/b\n'), ('a/b?x=1'),
  ('../b'), ('deployments/a'), ('https://replicate.com/a/b'), (repeat('0', 63))
) as m (model);
select throws_ok('execute bad(null)', 'PT400', 'unknown model syntax: null');

select * from finish();
rollback;
