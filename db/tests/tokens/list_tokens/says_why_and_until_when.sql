-- each state with its reason and the time it ends, and never a secret
begin;
select plan(4);
\ir ../../helpers.psql

create temporary table pool as select pg_temp.add_tokens(6, 1) as ids;
select basepool.disable_token(p.ids[2]) from pool as p;
update public.replicate_tokens set
  is_active = false,
  suspended_at = basepool.now(),
  suspended_until = basepool.now() + interval '5 minutes',
  suspended_reason = 'HTTP 401'
where id = (select p.ids[3] from pool as p);
update basepool.accounts set
  cooled_at = basepool.now(), cooldown_until = basepool.now() + interval '30 seconds', cooldown_reason = 'HTTP 429'
where id = (select t.account_id from public.replicate_tokens as t inner join pool as p on t.id = p.ids[4]);
update basepool.limiters set creates_spent = basepool._microseconds(basepool.now() + interval '1 hour')
where account_id = (select t.account_id from public.replicate_tokens as t inner join pool as p on t.id = p.ids[5]);
-- the one that is furthest behind
update basepool.seats set turn = -1
where token_id = (select p.ids[6] from pool as p);
update basepool.limiters set turn = -2000000
where account_id = (select t.account_id from public.replicate_tokens as t inner join pool as p on t.id = p.ids[6]);
select pg_temp.start(1);

select results_eq(
  'select state, reason, in_flight from basepool.list_tokens() order by token_id',
  $$values
  ('ready', null, 0), ('disabled', 'disabled by an operator', 0), ('suspended', 'HTTP 401', 0), ('cooling', 'HTTP 429', 0),
  ('limited', 'account has used its 600 creates a minute', 0), ('full', 'all 1 seats are taken', 1)$$,
  'state and reason'
);
select results_eq(
  'select back_at - basepool.now() from basepool.list_tokens() where state in (''suspended'', ''cooling'') order by token_id',
  $$values (interval '5 minutes'), (interval '30 seconds')$$, 'until when'
);
select is_empty(
  $$select l.* from basepool.list_tokens() as l where l::text ~ 'r8_token_number'$$, 'no secret is shown'
);
select is(
  (select count(distinct l.masked) from basepool.list_tokens() as l), 6::bigint, 'but they can be told apart'
);

select * from finish();
rollback;
