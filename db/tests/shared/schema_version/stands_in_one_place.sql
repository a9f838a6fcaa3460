-- the oldest of the other side is no newer than this one
begin;
select plan(2);

select ok((select s.oldest <= s.version from basepool.schema_version() as s), 'it works with itself');
select is(basepool.health() -> 'schema', (select to_jsonb(s) from basepool.schema_version() as s), 'who asks for health hears it');

select * from finish();
rollback;
