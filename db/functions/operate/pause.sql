-- Maintenance: what is in flight ends, nothing new begins, and everybody who looks is told who wants it so, and why.
create or replace function basepool.pause(
  p_kind text,
  p_name text default null,
  p_until timestamptz default null,
  p_reason text default null,
  p_by text default null
)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_name constant text := basepool._name_paused(p_kind, p_name);
  v_reason constant text := nullif(left(basepool._printable(btrim(p_reason)), 500), '');
  v_by constant text := format(
    '%s (%s)'
    , basepool._printable(coalesce(nullif(btrim(p_by), ''), nullif(current_setting('application_name'), ''), 'somebody'))
    , session_user
  );
  v_in_flight bigint;
  v_was constant jsonb := basepool._pause_facts(p_kind, v_name);
begin
  if p_until <= v_now then
    raise exception using
      errcode = 'PT400',
      message = format('p_until is %s, which is over', p_until),
      hint = 'Pass a time to come, or none: then the pause lasts until basepool resume.';
  end if;
  if p_kind = 'account' then
    update basepool.accounts as a
    set
      paused_at = case when a.paused_until > v_now then a.paused_at else v_now end
      , paused_until = coalesce(p_until, 'infinity'), paused_by = v_by, pause_reason = v_reason
    where a.id = v_name::bigint;
  else
    perform basepool._lock_holds();
    insert into basepool.pauses as p (kind, name, since, until, reason, paused_by)
    values (p_kind, v_name, v_now, nullif(p_until, 'infinity'), v_reason, v_by)
    on conflict (kind, name) do update set until = excluded.until, reason = excluded.reason, paused_by = excluded.paused_by;
  end if;

  perform basepool._audit(
    'pause', concat_ws(' ', p_kind, p_name), basepool._changes(v_was, basepool._pause_facts(p_kind, v_name))
  );

  select count(*) into v_in_flight
  from basepool.seats as s
  inner join public.replicate_tokens as t on t.id = s.token_id
  inner join public.generations as g on g.id = s.generation_id
  where
    s.attempt_id is not null
    and case p_kind
      when 'account' then t.account_id::text = v_name
      when 'model' then basepool._model_name(s.model) = v_name
      when 'user' then g.user_id::text = v_name
      else true
    end;
  return 'paused' || case when v_in_flight > 0 then format(', %s still in flight', v_in_flight) else '' end;
end
$$;

revoke all on function basepool.pause(text, text, timestamptz, text, text) from public, anon, authenticated, service_role;
grant execute on function basepool.pause(text, text, timestamptz, text, text) to basepool_glue;

comment on function basepool.pause(text, text, timestamptz, text, text) is
'From now on nothing new of it begins; what is in flight ends, what is submitted waits, and fails when it is stuck as ever. p_kind:
pool, account, model or user; p_name: none for the pool; the account''s name or id; owner/name, whatever version; the user''s id.
p_until: when it ends by itself, null: with basepool.resume; p_reason: shown with it; p_by: who wants it so, null: what the
connection calls itself. Said again, it replaces until, reason and by. Returns what happened, in words. Raises PT400, PT404.';
