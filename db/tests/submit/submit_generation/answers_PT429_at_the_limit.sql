-- the sixth active generation is refused with a message and a hint; one that ends makes room; a limit per user overrides
begin;
select plan(9);
\ir ../../helpers.psql

select lives_ok('select pg_temp.submit(1) from generate_series(1, 5)', 'five are admitted');
select throws_ok('select pg_temp.submit(1)', 'PT429', '5 of 5 generations are active');
select is(
  (select count(*) from public.generations), 5::bigint, 'what was refused left nothing behind'
);
select lives_ok('select pg_temp.submit(2)', 'another user is not concerned');

do $$
declare
  v_hint text;
  v_detail text;
begin
  perform pg_temp.submit(1);
exception when sqlstate 'PT429' then
  get stacked diagnostics v_hint = pg_exception_hint, v_detail = pg_exception_detail;
  perform set_config('test.hint', v_hint, true);
end
$$;
select is(current_setting('test.hint'), 'Wait until one has finished, or cancel one.', 'the hint says what to do');

select is(
  basepool.cancel_for_user((select g.id from public.generations as g
where g.user_id = pg_temp.user_id(1)
order by g.id limit 1)),
  'cancelled', 'one is cancelled'
);
select lives_ok('select pg_temp.submit(1)', 'and there is room for one');

update basepool.user_limits set max_active = 6
where user_id = pg_temp.user_id(1);
select lives_ok('select pg_temp.submit(1)', 'a limit of the user''s own overrides the setting');
select throws_ok('select pg_temp.submit(1)', 'PT429', '6 of 6 generations are active');

select * from finish();
rollback;
