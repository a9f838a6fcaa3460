-- seconds, and money where there are prices, by the hour, the day and whose they were
begin;
select plan(13);
\ir ../../helpers.psql

select set_config('basepool.frozen_now', '2026-03-10 12:30+00', true);
select pg_temp.add_tokens(2);
delete from basepool.spending;
do $$ begin
  alter table basepool.spending alter column counted_at set default now();
exception when undefined_column then null;
end $$;
insert into basepool.spending (account_id, hour, runs, seconds, usd)
select
  a.id,
  h.hour,
  h.n,
  h.n * 10,
  h.n * 0.5
from (select min(o.id) as id from basepool.accounts as o) as a
cross join (
  values
  ('2026-03-10 12:00+00'::timestamptz, 1), ('2026-03-10 00:00+00', 2), ('2026-03-09 23:00+00', 4), ('2026-03-04 00:00+00', 8)
  , ('2026-03-03 23:00+00', 16)
) as h (hour, n);
update basepool.spending set seconds = seconds + 1
where hour = '2026-03-10 12:00+00';

create temporary table seen as select basepool.page_money('account') as page;
select is(
  s.page -> 'rows',
  (select jsonb_build_array(jsonb_build_object(
    'key', min(a.id)::text, 'label', 'sim-1', 'count', 15, 'seconds', 151.0, 'usd', null
  ))
from basepool.accounts as a),
  'of a week, and without prices no money'
) from seen as s;
select is(s.page ->> 'since', '2026-03-04T00:00:00+00:00', 'since when') from seen as s;
select is((s.page ->> 'has_prices')::boolean, false, 'no prices') from seen as s;
select is(
  s.page -> 'days',
  '[{"day": "2026-03-04", "count": 8, "seconds": 80.0, "usd": null}, {"day": "2026-03-09", "count": 4, "seconds": 40.0, "usd": null}
  , {"day": "2026-03-10", "count": 3, "seconds": 31.0, "usd": null}]'::jsonb,
  'day by day'
) from seen as s;
select is(jsonb_array_length(s.page -> 'hours'), 3, 'hour by hour') from seen as s;
select is(s.page #> '{budgets,0}' @> '{"account_id": null, "account": "all", "budget_usd": null}', true, 'the budgets')
from seen as s;
select is(jsonb_array_length(s.page -> 'budgets'), 3, 'of each account, too') from seen as s;

select basepool.set_model('acme/*', '{"usd_per_run": 0.5}');
select is(basepool.page_money('account', 1) #>> '{rows,0,usd}', '1.5000', 'money, of a day');
select is((basepool.page_money() ->> 'has_prices')::boolean, true, 'prices');
select throws_ok(
  format('select basepool.page_money(%L)', x.by), 'PT400', 'p_by is ' || basepool._quote(x.by)
)
from (values ('prompt'), ('')) as x (by);
select throws_ok(format('select basepool.page_money(p_days => %s)', x.days), 'PT400', 'p_days is ' || x.days)
from (values (0), (32)) as x (days);

select * from finish();
rollback;
