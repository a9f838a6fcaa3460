-- generations wait: all hands are full, or no token can take one
begin;
select plan(13);
\ir ../../helpers.psql

create function pg_temp.found() returns text
language sql as $$
  select string_agg(f.name, ' ' order by f.name) from basepool._list_findings(basepool.now()) as f where f.name not like 'blocked-%'
$$;
create function pg_temp.says(p_name text) returns text
language sql as $$
  select f.says from basepool._list_findings(basepool.now()) as f where f.name = p_name
$$;
create function pg_temp.beat(p_free integer default 0) returns void
language sql as $$
  select basepool.heartbeat('tester', '0.1', 1, 'waits for a free hand', 2, p_free, false)
$$;
select pg_temp.add_tokens(2);
select pg_temp.submit(3);
select pg_temp.beat(1);
select is(pg_temp.found(), null, 'a hand was free a moment ago');
select pg_temp.pass('6 seconds');
select pg_temp.beat();
select is(pg_temp.found(), 'hands-full-tester', 'none was');
select matches(pg_temp.says('hands-full-tester'), '^all 2 hands of worker tester wait', 'whose');
select pg_temp.beat(1);
select is(pg_temp.found(), null, 'one is again');

-- a token that is full takes the next one soon, one that rests does not
create function pg_temp.cool() returns void
language sql as $$
  update basepool.accounts
  set cooled_at = basepool.now(), cooldown_until = basepool.now() + interval '10 minutes', cooldown_reason = 'HTTP 402: no credit'
$$;
select pg_temp.cool();
update basepool.accounts set cooled_at = null, cooldown_until = null
where username = 'sim-2';
select is(pg_temp.found(), null, 'the other one takes them');
select pg_temp.cool();
select is(pg_temp.found(), 'tokens-rest', 'nobody takes them');
select matches(
  pg_temp.says('tokens-rest')
  , '^generations wait since \d\d:\d\d:\d\d UTC, and no token can take one: token \d+ is cooling, HTTP 402: no credit; token \d+ is'
  , 'which, and why'
);
update basepool.accounts set cooldown_until = basepool.now();
select ok(pg_temp.says('tokens-rest') like '%token % is half-open, HTTP 402: no credit%', 'to be tried is not to be back');
update basepool.accounts set cooled_at = null, cooldown_until = null;
select basepool.disable_token(t.id) from public.replicate_tokens as t;
select is(pg_temp.found(), 'pool-dead tokens-rest', 'disabled ones are none');
select basepool.enable_token(min(t.id)) from public.replicate_tokens as t;
select is(pg_temp.found(), null, 'one is enough');
update public.replicate_tokens set is_active = false, suspended_until = basepool.now() + interval '1 minute';
select is(pg_temp.found(), 'pool-dead tokens-rest', 'nor are suspended ones');
delete from basepool.queue;
select is(pg_temp.found(), 'pool-dead', 'they are said to be, before anything waits');
update public.replicate_tokens set suspended_until = null;
select is(pg_temp.found(), null, 'where nothing waits, those that somebody disabled are not missed');

select * from finish();
rollback;
