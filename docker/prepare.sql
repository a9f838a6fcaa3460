-- Runs once, when the container's database is made. On Supabase itself: Integrations > Cron, and step 4 of the README.
create extension if not exists pg_cron with schema pg_catalog;
grant usage on schema cron to postgres;
grant all on all tables in schema cron to postgres;
create role basepool_glue login password 'development-only';
grant basepool_glue to postgres;
