-- the hook may be where PostgREST exposes nothing
begin;
select plan(8);
\ir ../../helpers.psql

create schema app_private;
create table app_private.refunds (generation uuid, outcome text, hook text);
create function app_private.settle(p_generation uuid, p_outcome text) returns void
language sql set search_path = '' as $$ insert into app_private.refunds values (p_generation, p_outcome, 'app_private') $$;
create function public.on_generation_settled(p_generation uuid, p_outcome text) returns void
language sql set search_path = '' as $$ insert into app_private.refunds values (p_generation, p_outcome, 'public') $$;
revoke all on function app_private.settle(uuid, text) from public;
create function pg_temp.refunds() returns text language sql as 'select string_agg(r.hook || '' '' || r.outcome, '', '')
  from app_private.refunds as r';

select basepool.cancel_for_user(pg_temp.submit(1));
select is(pg_temp.refunds(), 'public cancelled before start', 'the old name');
delete from app_private.refunds;
select lives_ok($$select basepool.configure('{"settled_hook": "app_private.settle"}')$$, 'another');
select basepool.cancel_for_user(pg_temp.submit(1));
select is(pg_temp.refunds(), 'app_private cancelled before start', 'is called, and no other');

create or replace function app_private.settle(p_generation uuid, p_outcome text) returns void
language plpgsql set search_path = '' as $$ begin raise exception 'no such account'; end $$;
select throws_ok(
  'select basepool.cancel_for_user(pg_temp.submit(2))', 'TP024', 'app_private.settle failed: no such account'
);
drop function app_private.settle(uuid, text);
select throws_ok(
  'select basepool.cancel_for_user(pg_temp.submit(2))', 'TP024', 'the hook app_private.settle(uuid, text) is not there',
  'when it is gone, nothing is settled without it'
);
select alike(
  (select jsonb_object_agg(f.name, f.says) ->> 'hook' from jsonb_to_recordset(basepool.get_status() -> 'findings')
    as f (name text, says text)),
  'there is no function app_private.settle(uuid, text). %', 'and the status says why'
);
select lives_ok($$select basepool.configure('{"settled_hook": null}')$$, 'back to the old name');
select basepool.cancel_for_user(pg_temp.submit(2));
select is(pg_temp.refunds(), 'app_private cancelled before start, public cancelled before start', 'which is called again');

select * from finish();
rollback;
