-- the app's hook: once per generation, in the transaction that settles it
begin;
select plan(11);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
select lives_ok(
  $$select basepool.cancel_for_user(pg_temp.submit(9))$$, 'without a hook nothing is missing'
);
create table public.refunds (generation uuid, outcome text);
create function public.on_generation_settled(p_generation uuid, p_outcome text) returns void
language plpgsql set search_path = '' as $$
begin
  if p_outcome = 'completed' and exists (
    select from public.generations as g where g.id = p_generation and g.prompt = 'break'
  ) then
    raise exception 'no such account';
  end if;
  insert into public.refunds values (p_generation, p_outcome);
end
$$;
create function pg_temp.refunds(p_n integer) returns text language sql as $$
  select string_agg(r.outcome, ',') from public.refunds as r
  inner join public.generations as g on g.id = r.generation where g.user_id = pg_temp.user_id(p_n)
$$;
create temporary table attempt as
select
  s.n,
  pg_temp.start(s.n) as id
from generate_series(1, 4) as s (n);
select basepool.record_submitted(a.id, pg_temp.prediction('p' || a.n, 'starting')) from attempt as a;

select basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'succeeded'), 'webhook', w)
from attempt as a cross join (values ('w1'), ('w2')) as w (w)
where a.n = 1;
select is(pg_temp.refunds(1), 'completed', 'completed by two webhooks: once');
select basepool.apply_prediction(a.id, pg_temp.prediction('p2', 'failed', 'flagged as sensitive (E005)'), 'poll') from attempt as a
where a.n = 2;
select is(pg_temp.refunds(2), 'failed', 'failed: once');
select basepool.cancel_for_user(g.id) from public.generations as g
where g.user_id = pg_temp.user_id(3);
select is(pg_temp.refunds(3), 'cancelled after start', 'cancelled: once');
update public.generations set status = 'pending'
where user_id = pg_temp.user_id(2);
update public.generations set status = 'failed'
where user_id = pg_temp.user_id(2);
select is(pg_temp.refunds(2), 'failed', 'the app''s own updates do not call it again');
select pg_temp.pass('41 minutes');
select basepool._fail_stuck_generations();
select is(pg_temp.refunds(4), 'failed', 'the cleanup: once');
select basepool.apply_prediction(a.id, pg_temp.prediction('p4', 'succeeded'), 'webhook', 'w4') from attempt as a
where a.n = 4;
select results_eq(
  $$select g.status, pg_temp.refunds(4) from public.generations as g where g.user_id = pg_temp.user_id(4)$$,
  $$values ('completed', 'failed')$$, 'a late success does not call it again'
);

select pg_temp.submit(5);
update public.generations set prompt = 'break'
where user_id = pg_temp.user_id(5);
create temporary table broken as select attempt_id as id from basepool.claim_generations('tester', 1);
select throws_ok(
  $$select basepool.apply_prediction(b.id, pg_temp.prediction('p5', 'succeeded'), 'webhook', 'w5') from broken as b$$,
  'TP024', 'public.on_generation_settled failed: no such account', 'when it fails, nothing is settled'
);
select results_eq(
  $$select g.status, a.state, pg_temp.refunds(5) from public.generations as g inner join broken as b on true
  inner join basepool._all_attempts() as a on a.id = b.id where g.user_id = pg_temp.user_id(5)$$,
  $$values ('pending', 'submitting', null::text)$$, 'all is as it was'
);
update public.generations set prompt = 'mended'
where user_id = pg_temp.user_id(5);
select is(
  basepool.apply_prediction(b.id, pg_temp.prediction('p5', 'succeeded'), 'webhook', 'w5'), 'applied',
  'and the same webhook settles it when the hook works again'
) from broken as b;
set local role authenticated;
select throws_ok(
  'update public.generations set settled_at = now()',
  '42501',
  'permission denied for table generations',
  'users can''t mark anything'
);
reset role;

select * from finish();
rollback;
