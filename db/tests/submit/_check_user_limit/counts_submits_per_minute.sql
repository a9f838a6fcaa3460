-- exactly so many in any 60 seconds, by whichever door; the hint says when the next may come
begin;
select plan(19);
\ir ../../helpers.psql

update basepool.settings set user_submits_per_minute = 3, user_active_limit = 100;
create function pg_temp.refusal(p_n integer default 1) returns text language plpgsql as $$
declare
  v_hint text;
begin
  perform pg_temp.submit(p_n);
  return null;
exception when sqlstate 'PT429' then
  get stacked diagnostics v_hint = pg_exception_hint;
  return sqlerrm || ': ' || regexp_replace(v_hint, ', at .*', '');
end
$$;
select is(pg_temp.refusal(), null, 'one');
select pg_temp.pass('20 seconds');
select is(pg_temp.refusal(), null, 'two');
select is(pg_temp.refusal(), null, 'three');
select is(
  pg_temp.refusal(), '3 generations were submitted within a minute, the limit is 3: Try again in 40 s', 'four are one too many'
);
select is(pg_temp.refusal(2), null, 'another user is not concerned');
select basepool.cancel_for_user(g.id) from public.generations as g
where g.user_id = pg_temp.user_id(1);
select isnt(pg_temp.refusal(), null, 'what is cancelled was submitted all the same');
delete from public.generations;
select isnt(pg_temp.refusal(), null, 'and what is deleted');
select pg_temp.pass('39.9 seconds');
select is(
  pg_temp.refusal(), '3 generations were submitted within a minute, the limit is 3: Try again in 1 s', 'the minute is not over'
);
select pg_temp.pass('0.1 seconds');
select is(pg_temp.refusal(), null, 'the first one is a minute old');
select isnt(pg_temp.refusal(), null, 'the second is not');

-- plain inserts, several in one statement
select pg_temp.pass('1 minute');
create function pg_temp.insert_plain(p_count integer) returns void language sql as $$
  insert into public.generations (user_id, action, model_id, model_name, replicate_model, replicate_input)
  select pg_temp.user_id(1), 'create', 'm', 'M', 'acme/painter', '{"prompt": "a cat"}' from generate_series(1, p_count)
$$;
select throws_ok(
  'select pg_temp.insert_plain(4)', 'PT429', '3 generations were submitted within a minute, the limit is 3'
);
select lives_ok('select pg_temp.insert_plain(3)', 'what was refused has not counted');
select throws_ok('select pg_temp.insert_plain(1)', 'PT429');

-- of a user's own; none; the same key again
update basepool.user_limits set submits_per_minute = 4
where user_id = pg_temp.user_id(1);
select lives_ok(
  $$select public.submit_generation('acme/painter', '{}', p_user_id => pg_temp.user_id(1), p_idempotency_key => 'k')
  from generate_series(1, 3)$$, 'a repeated submit is one'
);
update basepool.user_limits set submits_per_minute = null
where user_id = pg_temp.user_id(1);
update basepool.settings set user_submits_per_minute = 1000;
select lives_ok('select pg_temp.submit(1) from generate_series(1, 50)', 'without a limit there is none');
update basepool.settings set user_submits_per_minute = null;
select lives_ok('select pg_temp.submit(3) from generate_series(1, 100)', 'as many as may be active may come at once');
select throws_ok('select pg_temp.submit(3)', 'PT429');
update basepool.settings set user_active_limit = 5;
select lives_ok($$select basepool.cancel_for_user(pg_temp.submit(4)) from generate_series(1, 60)$$, 'or 60');
select throws_ok('select pg_temp.submit(4)', 'PT429', '60 generations were submitted within a minute, the limit is 60');

select * from finish();
rollback;
