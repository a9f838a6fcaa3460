-- seconds, and money where there are prices, by the hour, the day and whose they were
begin;
select plan(17);
\ir ../../helpers.psql

select set_config('basepool.frozen_now', '2026-03-10 12:30+00', true);
select pg_temp.add_tokens(2);
delete from basepool.spending;
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

insert into basepool.usage_stats (hour, account_id, token_id, model, user_id, count, seconds, usd)
select
  u.hour,
  t.account_id,
  t.id,
  u.model,
  u.user_id,
  u.count,
  u.seconds,
  u.usd
from (
  select o.* from public.replicate_tokens as o
  order by o.id limit 1
) as t
cross join (
  values
  ('2026-03-10 12:00+00'::timestamptz, 'acme/painter', pg_temp.user_id(1), 2, 20, 0.2)
  , ('2026-03-10 11:00+00', 'acme/painter', pg_temp.user_id(2), 1, 5, null), ('2026-03-10 11:00+00', 'acme/film', null, 1, 90, null)
  , ('2026-03-01 11:00+00', 'acme/film', null, 1, 1000, 9)
) as u (hour, model, user_id, count, seconds, usd);
select is(basepool.page_money(x.by) -> 'rows', x.rows::jsonb, 'by ' || x.by)
from (
  values
  ('model'
    , '[{"key": "acme/film", "label": "acme/film", "count": 1, "seconds": 90.0, "usd": null}
  , {"key": "acme/painter", "label": "acme/painter", "count": 3, "seconds": 25.0, "usd": 0.2000}]')
  , ('user', format('[{"key": null, "label": "deleted", "count": 1, "seconds": 90.0, "usd": null}
  , {"key": "%1$s", "label": "%1$s", "count": 2, "seconds": 20.0, "usd": 0.2000}
  , {"key": "%2$s", "label": "%2$s", "count": 1, "seconds": 5.0, "usd": null}]', pg_temp.user_id(1), pg_temp.user_id(2)))
  , ('token', format(
    '[{"key": "%1$s", "label": "token %1$s", "count": 4, "seconds": 115.0, "usd": 0.2000}]'
    , (select min(t.id) from public.replicate_tokens as t)
  ))
) as x (by, rows);
select is(basepool.page_money('user') ->> 'complete', 'true', 'all of them');
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
