-- page by page all comes once and in order, whatever has the same time, and however much has
begin;
select plan(11);
\ir ../../helpers.psql

create temporary table own as select
pg_temp.user_id(1) as user_id,
now() - interval '1 hour' as at;
-- two and two of the same time, a crowd of another, some of other users and of other statuses between them
insert into public.generations (user_id, action, model_id, model_name, replicate_model, status, settled_at, created_at)
select
  pg_temp.user_id(1 + s.n % 2),
  'create',
  'm',
  'M',
  'acme/painter',
  case when s.n % 5 = 0 then 'completed' when s.n % 3 = 0 then 'cancelled' else 'failed' end,
  o.at,
  o.at - case when s.n between 21 and 2200 then interval '1 minute' else (s.n / 2) * interval '1 second' end
from own as o
cross join generate_series(1, 2240) as s (n);

create function pg_temp.pages(p_list text, p_user uuid, p_max integer, p_most integer default 100000)
returns table (n integer, page integer, at timestamptz, id uuid)
language plpgsql as $$
declare
  v_at timestamptz := case when p_list like 'active%' then '-infinity' else 'infinity' end;
  v_id uuid;
  v_row record;
  v_got integer;
begin
  n := 0;
  page := 0;
  loop
    v_got := 0;
    page := page + 1;
    for v_row in
      select w.* from basepool._walk(
        p_list, p_user, v_at, v_id, case when p_list like 'active%' then 'infinity' else '-infinity' end::timestamptz, p_max
      ) as w
    loop
      v_got := v_got + 1;
      v_at := v_row.at;
      v_id := v_row.id;
      if v_row.is_one then
        n := n + 1;
        at := v_row.at;
        id := v_row.id;
        return next;
      end if;
    end loop;
    exit when v_got = 0 or n > p_most;
  end loop;
end
$$;

select results_eq(
  $$select p.id from pg_temp.pages('failed or cancelled', null, 7, 60) as p order by p.n limit 18$$,
  $$select g.id from public.generations as g where g.status in ('failed', 'cancelled')
  order by g.created_at desc, g.id desc limit 18$$,
  'the newest first'
);
select results_eq(
  $$select p.id from pg_temp.pages('failed or cancelled', null, 250) as p order by p.n$$,
  $$select g.id from public.generations as g where g.status in ('failed', 'cancelled') order by g.created_at desc, g.id desc$$,
  'all of them, once, though a crowd has one time'
);
select results_eq(
  $$select p.id from pg_temp.pages('of user', pg_temp.user_id(1), 100) as p order by p.n$$,
  $$select g.id from public.generations as g where g.user_id = pg_temp.user_id(1) order by g.created_at desc, g.id desc$$,
  'one user''s'
);
select is_empty($$select * from pg_temp.pages('of user', pg_temp.user_id(9), 100)$$, 'a stranger has none');
select is_empty($$select * from pg_temp.pages('active', null, 100)$$, 'nothing is active');

-- the crowd is larger than is sorted: it is looked for along the key, in steps
update public.generations set created_at = (select o.at - interval '1 minute' from own as o)
where user_id = pg_temp.user_id(2);
insert into public.generations (user_id, action, model_id, model_name, replicate_model, status, settled_at, created_at)
select
  pg_temp.user_id(2),
  'create',
  'm',
  'M',
  'acme/painter',
  'failed',
  o.at,
  o.at - interval '1 minute'
from own as o
cross join generate_series(1, 1500);
select cmp_ok(
  (select count(*) from public.generations as g inner join own as o on g.created_at = o.at - interval '1 minute'
where g.status in ('failed', 'cancelled')), '>', 2000::bigint, 'a crowd'
);
select results_eq(
  $$select p.id from pg_temp.pages('failed or cancelled', null, 250) as p order by p.n$$,
  $$select g.id from public.generations as g where g.status in ('failed', 'cancelled') order by g.created_at desc, g.id desc$$,
  'all of them, once'
);
select cmp_ok(
  (select max(r.rows) from (
    select count(*) as rows from pg_temp.pages('failed or cancelled', null, 250) as p
group by p.page
  ) as r), '<=', 2250::bigint, 'no page is larger than what one step looks at'
);

delete from public.generations;
select pg_temp.submit_many(6);
update public.generations set created_at = (select o.at from own as o)
where user_id in (pg_temp.user_id(2), pg_temp.user_id(3));
select results_eq(
  $$select p.id from pg_temp.pages('active', null, 2) as p order by p.n$$,
  $$select g.id from public.generations as g order by g.created_at, g.id$$,
  'what is active, the oldest first'
);
select results_eq(
  $$select p.id from pg_temp.pages('active of user', pg_temp.user_id(3), 2) as p order by p.n$$,
  $$select g.id from public.generations as g where g.user_id = pg_temp.user_id(3)$$,
  'one user''s'
);
select pg_temp.add_tokens(2);
select basepool.record_rejected(c.attempt_id, 'http', 422, 'no') from basepool.claim_generations('tester', 6) as c;
select results_eq(
  $$select p.id from pg_temp.pages('attempts', null, 2) as p order by p.n$$,
  $$select a.id from basepool.attempts as a order by a.finished_at desc, a.id desc$$,
  'attempts, the last to end first'
);

select * from finish();
rollback;
