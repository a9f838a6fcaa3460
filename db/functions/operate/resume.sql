-- The end of a pause. A person who resumes an account means its cooldown, too, and of a model or the pool a breaker that is open:
-- he has paid, or knows better.
create or replace function basepool.resume(p_kind text, p_name text default null)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_name constant text := basepool._name_paused(p_kind, p_name);
  v_told text[] := array[]::text[];
  v_count integer;
  v_was constant jsonb := basepool._pause_facts(p_kind, v_name);
begin
  if p_kind = 'account' then
    update basepool.accounts as a
    set paused_at = null, paused_until = null, paused_by = null, pause_reason = null
    where a.id = v_name::bigint and a.paused_until is not null;
    if found then
      v_told := v_told || 'resumed'::text;
    end if;
    if basepool._end_cooldown(v_name::bigint) then
      v_told := v_told || 'its cooldown is over'::text;
    elsif v_told <> '{}' then
      perform basepool._rejoin_round(v_name::bigint);
    end if;
  else
    perform basepool._lock_holds();
    delete from basepool.pauses as p where p.kind = p_kind and p.name = v_name;
    if found then
      v_told := v_told || 'resumed'::text;
    end if;
    v_count := basepool._unpark(p_kind, v_name);
    if p_kind in ('pool', 'model') and basepool._close_breaker(v_name) then
      v_told := v_told || 'its breaker is closed'::text;
    end if;
    if v_count > 0 then
      v_told := v_told || format('%s wait with the others again', v_count);
    end if;
  end if;
  perform basepool._audit(
    'resume', concat_ws(' ', p_kind, p_name)
    , basepool._changes(v_was, basepool._pause_facts(p_kind, v_name)) || jsonb_build_object('unparked', nullif(v_count, 0))
  );
  perform pg_catalog.pg_notify('basepool_queue', '');
  return case when v_told = '{}' then 'was not paused' else array_to_string(v_told, ', ') end;
end
$$;

revoke all on function basepool.resume(text, text) from public, anon, authenticated, service_role;
grant execute on function basepool.resume(text, text) to basepool_glue;

comment on function basepool.resume(text, text) is
'Ends a pause, and of an account its cooldown, too, of a model its breaker, and of the pool the provider''s. p_kind, p_name: as in
basepool.pause. Returns what happened, in words. Raises PT400, PT404.';
