-- of several patterns the one with the most characters counts, as with basepool.models
begin;
select plan(15);
\ir ../../helpers.psql

create function pg_temp.found(p_model text) returns text
language sql as $$
  select c.pattern || ' ' || trim_scale(c.percent) from basepool.cutover as c where c.pattern = basepool._find_cutover(p_model)
$$;
select is(pg_temp.found('acme/painter'), '* 100', 'a new database has all');
delete from basepool.cutover;
select is(pg_temp.found('acme/painter'), null, 'an adopted one has none');
insert into basepool.cutover (pattern, percent) values
('*', 5), ('acme/*', 10), ('acme/painter', 20), ('deployments/*', 30), ('my_model/*', 40), ('0*', 50);
select is(pg_temp.found('acme/painter'), 'acme/painter 20', 'the model itself');
select is(pg_temp.found('acme/painter:' || repeat('0a', 32)), 'acme/painter 20', 'and its versions');
select is(pg_temp.found('ACME/Film'), 'acme/* 10', 'whatever the case of its letters');
select is(pg_temp.found('other/film'), '* 5', 'the rest');
select is(pg_temp.found('deployments/acme/painter'), 'deployments/* 30', 'a deployment');
select is(pg_temp.found('myxmodel/a'), '* 5', 'an underscore stands for itself');
select is(pg_temp.found(repeat('0a', 32)), '* 5', 'a version without a name belongs to nobody');
select is(pg_temp.found(null), null, 'nothing');

-- one that need not be listed
select ok(basepool._pattern_counts('acme/film', 'ACME/film'), 'more specific than what is listed');
select ok(basepool._pattern_counts('ACME/*', 'acme/film'), 'listed');
select ok(not basepool._pattern_counts('acme/*', 'acme/painter'), 'less specific than what is listed');
select ok(not basepool._pattern_counts('acme/film', 'acme/painter'), 'of another model');

-- the door looks for the same row by itself
update basepool.cutover set percent = case when pattern in ('*', 'acme/painter', 'my_model/*') then 100 else 0 end;
select is_empty(
  $$select v.model from (
    values ('acme/painter'), ('acme/painter:' || repeat('0a', 32)), ('ACME/Film'), ('other/film'), ('deployments/acme/painter')
    , ('myxmodel/a'), ('my_model/a'), (repeat('0a', 32))
  ) as v (model)
  where
    basepool._takes_plain_insert(pg_temp.user_id(1), v.model, false)
    is distinct from (select c.percent = 100 from basepool.cutover as c where c.pattern = basepool._find_cutover(v.model))$$,
  'as the door decides'
);

select * from finish();
rollback;
