-- after a 402 and a payment, the operator's word is the end of the pause
begin;
select plan(12);
\ir ../../helpers.psql

create temporary table pool as select pg_temp.add_tokens(3) as ids;
select basepool.configure('{"stuck_after": "30 days"}');
select pg_temp.submit_many(6);
do $$
begin
  for v_account in 1..3 loop
    perform basepool.record_rejected(c.attempt_id, 'http', 402, '{"title": "Insufficient credit", "status": 402}')
    from basepool.claim_generations('tester', 1) as c;
  end loop;
end
$$;
select is((select answer from basepool.claim_generations('tester', 6)), 'busy', 'none of three accounts has credit');
select is((select count(*) from public.generations as g
where g.status = 'pending'), 6::bigint, 'six wait');

select is(
  basepool.enable_token(p.ids[1]), 'was enabled, and the cooldown of its account is over', 'it was enabled, and that is said'
) from pool as p;
select results_eq(
  'select l.state, l.reason from basepool.list_tokens() as l order by l.token_id limit 1', $$values ('ready', null)$$, 'it is ready'
);
select is((select a.credit from basepool.accounts as a
order by a.id limit 1), 'ok', 'as far as anybody knows');
select is((select count(*) from basepool.claim_generations('tester', 6)), 6::bigint, 'and has all six, not one');
select is(basepool.enable_token(p.ids[1]), 'is enabled already', 'once') from pool as p;

-- it takes turns from here on, and does not catch up
select pg_temp.submit_many(40, 10);
select basepool.enable_token(p.ids[2]) from pool as p;
select is(
  (
    select max(n.leases) - min(n.leases)
    from (
      select count(*) as leases from basepool.claim_generations('tester', 8) as c
      group by c.token_id
    ) as n
  ), 0::bigint, 'side by side with the first'
);

-- whoever takes it out and puts it in again means the same
select basepool.disable_token(p.ids[3]) from pool as p;
select is(basepool.enable_token(p.ids[3]), 'enabled, and the cooldown of its account is over', 'switched off and on')
from pool as p;
select is((select count(*) from basepool.list_tokens() as l
where l.state in ('ready', 'full')), 3::bigint, 'all three are back');

-- what a person has paused stays so, and that is said
select basepool.pause('account', 'sim-3', null, 'it changes hands', 'carol');
select matches(
  (select basepool.enable_token(p.ids[3]) from pool as p)
  , '^is enabled already; its account is paused by carol \(\w+\) since .+ UTC: it changes hands$', 'another person''s word'
);
select is((select count(*) from basepool.list_tokens() as l
where l.state = 'paused'), 1::bigint, 'counts on');

select * from finish();
rollback;
