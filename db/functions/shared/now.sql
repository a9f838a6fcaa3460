-- The one clock. A pinned search_path defeats the usual way of faking now() in a test, and now() stands still within a
-- transaction, so every function that needs the time asks here, once: compared within where, it could use no index.
create or replace function basepool.now()
returns timestamptz
language sql
volatile
begin atomic
  select coalesce(nullif(current_setting('basepool.frozen_now', true), '')::timestamptz, clock_timestamp());
end;

revoke all on function basepool.now() from public, anon, authenticated, service_role;
grant execute on function basepool.now() to basepool_glue;

comment on function basepool.now() is
'The current time, or basepool.frozen_now where a test has set it. Returns timestamptz. Inlined.';
