-- what /readyz asks
begin;
select plan(2);

select is(basepool.health() ->> 'ok', 'true', 'ready');
set local role basepool_glue;
select is(basepool.health() ->> 'ok', 'true', 'for the glue, too');
reset role;

select * from finish();
rollback;
