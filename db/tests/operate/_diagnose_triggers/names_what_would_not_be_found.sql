-- a trigger of the app that counts on a search_path fails inside our functions: what of it does is said, and how it is mended
begin;
select plan(15);

create table public.bells (id integer, note text);
create table public.rings (id integer);
create type public.mood as enum ('glad');
create function pg_temp.hang(p_body text, p_more text default '', p_table text default 'generations') returns text
language plpgsql as $$
begin
  execute format('create or replace function public.added() returns trigger language plpgsql %s as %L', p_more, p_body);
  execute format(
    'create or replace trigger added before update on public.%I for each row execute function public.added()', p_table
  );
  return (select string_agg(substring(d.says from 'names (.*) without'), ';') from basepool._diagnose_triggers() as d);
end
$$;

select is(pg_temp.hang($$begin insert into bells (id) values (1); return new; end$$), 'bells', 'a table that is written');
select is(
  pg_temp.hang($$declare b public.bells; begin select * into b from "bells" join rings using (id); return new; end$$)
  , 'bells, rings', 'tables that are read, in quotes as well'
);
select is(
  pg_temp.hang($$declare b bells%rowtype; m mood[]; begin m := array['glad'::mood]; return new; end$$), 'bells, mood', 'types'
);
create function public.ring(integer) returns void language sql set search_path = public as 'insert into bells (id) values ($1)';
select is(pg_temp.hang($$begin perform ring(1); return new; end$$), 'ring', 'a function');
select is(
  pg_temp.hang($$begin execute 'update rings set id = 1'; return new; end$$, '', 'replicate_tokens'), 'rings'
  , 'a statement that is put together, on the tokens'
);
drop trigger added on public.replicate_tokens;
select is(pg_temp.hang($$begin perform public.ring(1); insert into public.rings values (1); return new; end$$), null, 'full names');
select is(
  pg_temp.hang(
    $$begin /* from bells */ new.error_message = 'update bells'; -- from rings
    with bells as (select 1 as id) select b.id into new.cost_credits from bells as b;
    new.prompt = lower(coalesce(old.prompt, now()::text)); return new; end$$
  ), null, 'comments, strings, names of its own, and what Postgres brings'
);
select is(
  pg_temp.hang($$begin insert into bells (id) values (1); return new; end$$, 'set search_path = public'), null, 'with a search_path'
);

create function public.ring_again() returns void language plpgsql as 'begin insert into bells (id) values (1); end';
select is(
  pg_temp.hang($$begin perform public.ring_again(); return new; end$$), 'bells', 'what it calls by its full name is looked at, too'
);
select is(
  (select d.fix from basepool._diagnose_triggers() as d),
  'alter function public.ring_again() set search_path = public',
  'the remedy'
);
do $$ begin execute (select d.fix from basepool._diagnose_triggers() as d); end $$;
select is_empty('select * from basepool._diagnose_triggers()', 'helps');

create function public.rung() returns trigger language plpgsql as 'begin delete from bells; return new; end';
create trigger rung after insert on public.rings for each row execute function public.rung();
select is(
  pg_temp.hang($$begin insert into public.rings (id) values (1); return new; end$$), 'bells'
  , 'and what hangs on the tables that it writes'
);
alter table public.rings disable trigger rung;
select is_empty('select * from basepool._diagnose_triggers()', 'unless that is switched off');

create function public.may_ring() returns boolean language sql stable as 'select exists (select from bells)';
create policy bells_only on public.generations for insert to authenticated with check (public.may_ring());
select is(
  (select d.fix from basepool._diagnose_triggers() as d), 'alter function public.may_ring() set search_path = public'
  , 'what a policy asks when something is submitted'
);
drop policy bells_only on public.generations;
create policy bells_only on public.generations for select to authenticated using (public.may_ring());
select is_empty('select * from basepool._diagnose_triggers()', 'whoever reads has his own');

select * from finish();
rollback;
