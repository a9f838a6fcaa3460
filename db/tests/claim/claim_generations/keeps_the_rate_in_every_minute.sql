-- over ten simulated minutes at full load no window of 60 seconds has more creates than the account allows
begin;
select plan(2);
\ir ../../helpers.psql

select pg_temp.add_tokens(1, 1000);
update basepool.accounts set creates_per_minute = 60;
update basepool.settings set stuck_after = '1 day';
select pg_temp.submit_many(700);
create temporary table leases (at timestamptz);
do $$
begin
  for v_second in 1..600 loop
    insert into leases
    select basepool.now() from basepool.claim_generations('tester', 100) where answer = 'lease';
    perform pg_temp.pass('1 second');
  end loop;
end
$$;
select cmp_ok(
  (
    select max(w.creates) from (
      select count(*) over (order by l.at range between interval '60 seconds' preceding and current row) as creates from leases as l
    ) as w
  ), '<=', 60::bigint, 'no window of 60 seconds exceeds the limit'
);
select cmp_ok((select count(*) from leases), '>=', 530::bigint, 'and the limit is used: nine tenths of 600 at least');

select * from finish();
rollback;
