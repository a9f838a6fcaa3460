-- it would run with our rights, so another role's function of that name is not called
begin;
select plan(2);
\ir ../../helpers.psql

create table public.refunds (generation uuid);
create function public.on_generation_settled(p_generation uuid, p_outcome text) returns void
language sql as $$ insert into public.refunds values (p_generation) $$;
grant create on schema public to authenticated;
alter function public.on_generation_settled(uuid, text) owner to authenticated;
select is(basepool.cancel_for_user(pg_temp.submit(1)), 'cancelled', 'the generation is settled');
select is_empty('select from public.refunds', 'without it');

select * from finish();
rollback;
