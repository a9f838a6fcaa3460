-- what is said is kept, told and written down; a mistake moves nothing
begin;
select plan(22);
\ir ../../helpers.psql

select is(
  basepool.cut_over('black-forest-labs/%', 10) - 'x', '{"pattern": "black-forest-labs/*", "percent": 10, "was": null}'::jsonb
  , 'a percent sign is a star'
);
select is(
  basepool.cut_over('BLACK-forest-labs/*', 12.5) ->> 'pattern', 'black-forest-labs/*', 'whatever the case of its letters'
);
select is((select count(*) from basepool.cutover), 2::bigint, 'it is one row');
select is(
  (select c.changed_at from basepool.cutover as c
where c.percent = 12.5), basepool.now(), 'with the time of the change'
);
select results_eq(
  $$select a.target, a.details ->> 'was', a.details ->> 'is' from basepool.audit as a where a.action = 'cutover' order by a.id$$,
  $$values ('black-forest-labs/*', null, '10'), ('black-forest-labs/*', '10.00', '12.5')$$, 'and who did it'
);
select is(basepool.cut_over('black-forest-labs/*', 0) ->> 'was', '12.50', 'back');
select is(basepool.cut_over('black-forest-labs/*', null) ->> 'was', '0.00', 'as if it had never been said');
select is((select array_agg(c.pattern) from basepool.cutover as c), array['*'], 'it is gone');
select throws_ok($$select basepool.cut_over('a/*', null)$$, 'PT404', 'nothing is said of ''a/*''');
select lives_ok(format('select basepool.cut_over(%L, 5)', v.pattern), v.pattern)
from (
  values ('acme/painter'), ('acme/painter:' || repeat('0a', 32)), (repeat('0a', 32)), ('deployments/acme/*'), ('*flux*')
) as v (pattern);
select throws_ok($$select basepool.cut_over('a b', 5)$$, 'PT400', '''a b'' stands for no models');
select throws_ok($$select basepool.cut_over(null, 5)$$, 'PT400', 'null stands for no models');
select throws_ok($$select basepool.cut_over('painter', 5)$$, 'PT400', '''painter'' stands for no models');
select throws_ok($$select basepool.cut_over('fal-ai/*', 5)$$, 'PT400', '''fal-ai/*'' is no model of Replicate''s');
select throws_ok($$select basepool.cut_over('*', -1)$$, 'PT400', '-1 is no percentage');
select throws_ok($$select basepool.cut_over('*', 100.01)$$, 'PT400', '100.01 is no percentage');
select throws_ok($$select basepool.cut_over('*', 0.001)$$, 'PT400', '0.001 is no percentage');
select throws_ok($$select basepool.cut_over('*', 'NaN')$$, 'PT400', 'NaN is no percentage');

select * from finish();
rollback;
