-- how a model is written decides how it is reached at Replicate; anything else is none, and it is said why
begin;
select plan(18);

select results_eq(
  $$select m.model, p.route, p.target, p.fault
  from (values
  ('black-forest-labs/flux-1.1-pro'), ('a/b:' || repeat('0123456789abcdef', 4)), (repeat('0123456789abcdef', 4)),
  ('deployments/acme/my-app')
  ) as m (model) cross join lateral basepool._parse_model(m.model) as p$$,
  $$values
  ('black-forest-labs/flux-1.1-pro', 'models', 'black-forest-labs/flux-1.1-pro', null::text),
  ('a/b:' || repeat('0123456789abcdef', 4), 'predictions', 'a/b:' || repeat('0123456789abcdef', 4), null),
  (repeat('0123456789abcdef', 4), 'predictions', repeat('0123456789abcdef', 4), null),
  ('deployments/acme/my-app', 'deployments', 'acme/my-app', null)$$,
  'owner/name, owner/name:version, version, deployments/owner/name'
);

select row_eq(
  format('select * from basepool._parse_model(%L)', m.model)
  , row(null::text, null::text, 'unknown model syntax: ' || basepool._quote(m.model))
  , 'not ' || basepool._printable(m.model)
)
from (
  values ('flux'), ('a/b/c'), ('a/b:short'), ('a/b:' || repeat('A', 64)), ('/b'), ('a/'), (''), (' a/b'), (E'a/b\n'), ('a/b?x=1'),
  ('../b'), ('deployments/a'), ('https://replicate.com/a/b'), (repeat('0', 63)), (E'a/b\r\nSet-Cookie: x')
) as m (model);
select is((basepool._parse_model(null)).fault, 'unknown model syntax: null', 'not null');
select is((basepool._parse_model('a/' || repeat('b', 70000))).fault, 'the model''s name is 70002 bytes long', 'nor 70 kB');

select * from finish();
rollback;
