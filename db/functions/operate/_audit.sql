-- A token that is disabled says nothing of who did it. So whatever people call to change something leaves a row, written here.
create or replace function basepool._audit(
  p_action text,
  p_target text,
  p_details jsonb default '{}',
  p_actor text default null
)
returns void
language sql
volatile
set search_path = ''
as $$
  insert into basepool.audit (at, action, target, details, login, role, application, actor)
  select
    basepool.now()
    , p_action
    , basepool._printable(regexp_replace(p_target, s.pattern, '\1…', 'gi'))
    , regexp_replace(jsonb_strip_nulls(p_details)::text, s.pattern, '\1…', 'gi')::jsonb
    , session_user
    , coalesce(nullif(current_setting('role', true), 'none'), session_user)
    , basepool._printable(regexp_replace(current_setting('application_name', true), s.pattern, '\1…', 'gi'))
    , coalesce(p_actor, nullif(current_setting('basepool.actor', true), ''))
  -- somebody may have pasted a secret where a name belongs
  from (values ('\y(r8_|whsec_)[^\s"\\]+')) as s (pattern)
$$;

revoke all on function basepool._audit(text, text, jsonb, text) from public, anon, authenticated, service_role;

comment on function basepool._audit(text, text, jsonb, text) is
'Writes into basepool.audit what the caller of the calling function did, and who that is. p_action: the command; p_target: what it
was done to; p_details: an object of a few small values, of which nulls are left out; p_actor: for whom, null: whom an acting function
of the page has named (_act_as). What looks like a secret is hidden.';
