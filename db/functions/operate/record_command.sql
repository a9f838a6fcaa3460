-- Some commands do their work at Replicate, and the database only hears of what came of it. Who gave them is to be known, too.
create or replace function basepool.record_command(p_action text, p_target text default null)
returns void
language sql
volatile
security definer
set search_path = ''
as $$
  select basepool._audit(basepool._printable(p_action), p_target)
$$;

revoke all on function basepool.record_command(text, text) from public, anon, authenticated, service_role;
grant execute on function basepool.record_command(text, text) to basepool_glue;

comment on function basepool.record_command(text, text) is
'Leaves a row in basepool.audit of a command that no function of the database carries out: p_action: run-job of a job of the glue,
tokens check; p_target: to what.';
