-- The settings for a page on which they may be changed: what each is, may be and means. A URL may be a secret as a whole.
create or replace function basepool.page_settings()
returns jsonb
language sql
stable
security definer
set search_path = ''
set lock_timeout = '400ms'
as $$
  select jsonb_build_object('settings', coalesce(jsonb_agg(jsonb_build_object(
    'name', s.name
    , 'value', basepool._show_setting(s.value)
    , 'default', s.default_value, 'is_default', s.value is not distinct from s.default_value
    , 'says', s.means, 'allowed', s.allowed, 'unit', s.unit
  ) order by s.nth), '[]'))
  from (select l.*, row_number() over () as nth from basepool.list_settings() as l) as s
$$;

revoke all on function basepool.page_settings() from public, anon, authenticated, service_role;
grant execute on function basepool.page_settings() to basepool_glue, basepool_operator;

comment on function basepool.page_settings() is
'{settings}: each with name, value, default (null where there is none), is_default, says (what it means), allowed (what it may be)
and unit, as list_settings has them; of a URL only the host is shown.';
