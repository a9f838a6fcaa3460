-- the app's hook fails for one of them: it stays and is counted, and the others end
begin;
select plan(4);
\ir ../../helpers.psql

create function public.on_generation_settled(generation uuid, outcome text) returns void
language plpgsql as $$
begin
  if exists (select from public.generations as g where g.id = generation and g.replicate_model = 'acme/bad') then
    raise exception 'the ledger is closed';
  end if;
end
$$;
create temporary table made as
select
  s.n,
  pg_temp.submit(s.n, case when s.n = 2 then 'acme/bad' else 'acme/painter' end) as id
from generate_series(1, 3) as s (n);
select pg_temp.pass('1 second');
create temporary table done as select basepool.cancel_generations(p_all => true, p_dry_run => false, p_max => 1) as said;
create temporary table again as
select basepool.cancel_generations(p_all => true, p_dry_run => false, p_cursor => d.said -> 'cursor') as said from done as d;
select is((d.said ->> 'cancelled')::integer + (a.said ->> 'cancelled')::integer, 2, 'two are cancelled') from done as d, again as a;
select is(
  coalesce(d.said ->> 'error', a.said ->> 'error'), 'public.on_generation_settled failed: the ledger is closed', 'why one is not'
) from done as d, again as a;
select results_eq(
  'select pg_temp.status(m.id) from made as m order by m.n', array['cancelled', 'pending', 'cancelled'], 'and which'
);
select is((a.said ->> 'failed')::integer + (d.said ->> 'failed')::integer, 1, 'it is counted') from done as d, again as a;

select * from finish();
rollback;
