-- Operators share the login of basepool serve. Whoever acts through the page is named once, and every row of the audit that
-- follows in the same call has the name, whichever function writes it.
create or replace function basepool._act_as(p_actor text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if p_actor !~ '^[^[:space:][:cntrl:]]([^[:cntrl:]]{0,98}[^[:space:][:cntrl:]])?$' then
    raise exception using
      errcode = 'PT400',
      message = format('the operator %s has no name that could be kept', basepool._quote(p_actor)),
      hint = 'Names are 1 to 100 characters, without control characters and without spaces around them.';
  end if;
  perform pg_catalog.set_config('basepool.actor', coalesce(p_actor, ''), true);
end
$$;

revoke all on function basepool._act_as(text) from public, anon, authenticated, service_role;

comment on function basepool._act_as(text) is
'Names who acts, for _audit, until the calling function calls it with null, which it does before it returns; an error ends it, too.
p_actor: the operator, null: nobody but the login. Raises PT400.';
