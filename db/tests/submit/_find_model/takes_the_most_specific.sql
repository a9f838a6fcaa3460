-- patterns, versions and case: nothing that is dear can be had under a cheaper name
begin;
select plan(3);
\ir ../../helpers.psql

select is((basepool._find_model('acme/painter')).pattern, null, 'none is listed');
insert into basepool.models (pattern) values
('*'), ('acme/*'), ('acme/painter'), ('acme/pain*'), ('Acme/Film'), ('acme/x_y'), ('deployments/acme/*'), (repeat('0a', 32))
, ('acme/film:' || repeat('0b', 32));
select results_eq(
  $$select m.model, (basepool._find_model(m.model)).pattern
  from (values
  ('acme/painter'), ('ACME/Painter'), ('acme/painter:' || repeat('0a', 32)), ('acme/paint'), ('acme/film'), ('other/film')
  , ('acme/film:' || repeat('0b', 32)), ('acme/film:' || repeat('0c', 32)), ('acme/x_y'), ('acme/xay')
  , (repeat('0a', 32)), (repeat('0b', 32)), ('deployments/acme/fast'), ('deployments/other/fast')
  ) as m (model)$$,
  $$values
  ('acme/painter', 'acme/painter'), ('ACME/Painter', 'acme/painter'), ('acme/painter:' || repeat('0a', 32), 'acme/painter')
  , ('acme/paint', 'acme/pain*'), ('acme/film', 'Acme/Film'), ('other/film', '*')
  , ('acme/film:' || repeat('0b', 32), 'acme/film:' || repeat('0b', 32)), ('acme/film:' || repeat('0c', 32), 'Acme/Film')
  , ('acme/x_y', 'acme/x_y'), ('acme/xay', 'acme/*')
  , (repeat('0a', 32), repeat('0a', 32)), (repeat('0b', 32), null), ('deployments/acme/fast', 'deployments/acme/*')
  , ('deployments/other/fast', null)$$,
  'the most specific one; a version without a name, and a deployment, only as listed'
);
select throws_ok($$insert into basepool.models (pattern) values ('acme/PAINTER')$$, '23505');

select * from finish();
rollback;
