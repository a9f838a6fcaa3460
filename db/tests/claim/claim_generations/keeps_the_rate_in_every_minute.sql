-- over ten simulated minutes at full load no window of 60 seconds has more creates than the account allows, however long each
-- took to be sent: what arrives in a minute was claimed in it or in the two seconds (settings.send_within) before it
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
      select count(*) over (order by l.at range between interval '62 seconds' preceding and current row) as creates from leases as l
    ) as w
  ), '<=', 60::bigint, 'no minute exceeds the limit, with the time until it is sent'
);
select cmp_ok((select count(*) from leases), '>=', 520::bigint, 'and what that leaves is used: 54 in 62 seconds');

select * from finish();
rollback;
