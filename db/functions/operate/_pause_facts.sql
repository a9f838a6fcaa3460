-- What a pause and its end change, for the audit: before, and after. A breaker and a cooldown end with it, too.
create or replace function basepool._pause_facts(p_kind text, p_name text)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select case
    when p_kind = 'account' then (
      select jsonb_build_object(
        'is_paused', a.paused_until is not null
        , 'until', nullif(a.paused_until, 'infinity')
        , 'reason', a.pause_reason
        , 'paused_by', a.paused_by
        , 'cooldown_until', a.cooldown_until
        , 'credit', a.credit
      )
      from basepool.accounts as a
      where a.id::text = p_name
    )
    else (
      select jsonb_build_object(
        'is_paused', p.kind is not null
        , 'until', p.until
        , 'reason', p.reason
        , 'paused_by', p.paused_by
        , 'breaker_open_since', b.opened_at
      )
      from (values (p_kind, p_name)) as asked (kind, name)
      left join basepool.pauses as p on p.kind = asked.kind and p.name = asked.name
      left join basepool.breakers as b on asked.kind in ('pool', 'model') and b.name = asked.name
    )
  end
$$;

revoke all on function basepool._pause_facts(text, text) from public, anon, authenticated, service_role;

comment on function basepool._pause_facts(text, text) is
'Whether something is paused, until when, why and by whom, with what else resume ends, as an object for _changes. p_kind, p_name: as
_name_paused gives them.';
