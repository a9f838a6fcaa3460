-- What is no longer listed is no longer offered; with the last row everything is again, but for deployments.
create or replace function basepool.remove_model(p_pattern text)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_was jsonb;
begin
  delete from basepool.models as m where lower(m.pattern) = lower(p_pattern) returning to_jsonb(m) into v_was;
  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('no model is listed as %s', basepool._quote(p_pattern)),
      hint = 'See basepool models list.';
  end if;
  perform basepool._audit('models remove', p_pattern, basepool._changes(v_was, null));
  return case when exists (select from basepool.models) then 'removed'
    else 'removed; none is listed any more, so all are offered but deployments' end;
end
$$;

revoke all on function basepool.remove_model(text) from public, anon, authenticated, service_role;
grant execute on function basepool.remove_model(text) to basepool_glue;

comment on function basepool.remove_model(text) is
'Takes a row off basepool.models. p_pattern: as it is listed. Returns what happened, in words. Raises PT404.';
