-- The settings as people want to see them: each with what it means, beside what it is and what it would be. All of it stands at the
-- columns of basepool.settings.
create or replace function basepool.list_settings()
returns table (name text, value text, default_value text, unit text, allowed text, means text)
language sql
stable
security definer
set search_path = ''
as $$
  select
    a.attname::text
    , case
      when a.atttypid = 'interval'::regtype then basepool._say_interval(s.was::interval)
      -- whoever knows it can write there
      when a.attname like '%\_url' then basepool._hide_url(s.was)
      else s.was
    end
    , case when a.atttypid = 'interval'::regtype then basepool._say_interval(s.default_value::interval) else s.default_value end
    , case
      when a.atttypid = 'interval'::regtype then 'time'
      when a.atttypid = 'boolean'::regtype then 'true or false'
      when a.attname like '%\_bytes' then 'bytes'
      when a.atttypid = 'text'::regtype then 'text'
      else 'number'
    end
    , basepool._allowed_values(a.attname::text)
    , regexp_replace(col_description(a.attrelid, a.attnum), '\s+', ' ', 'g')
  from pg_catalog.pg_attribute as a
  cross join (select to_jsonb(o) as all_of_them from basepool.settings as o) as r
  left join pg_catalog.pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
  cross join lateral (
    select
      r.all_of_them ->> a.attname as was
      -- a constant, as Postgres writes it: 'a text'::text, 5, true
      , replace(
        regexp_replace(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '^''(.*)''::[a-z ]+$', '\1'), '''''', ''''
      ) as default_value
  ) as s
  where a.attrelid = 'basepool.settings'::regclass and a.attnum > 0 and not a.attisdropped and a.attname not in ('id', 'adopted', 'tokens_in_vault')
  order by a.attnum
$$;

revoke all on function basepool.list_settings() from public, anon, authenticated, service_role;
grant execute on function basepool.list_settings() to basepool_glue;

comment on function basepool.list_settings() is
'Every setting: name, value, default_value (null where there is none), unit (time, number, bytes, true or false, text), allowed:
what it may be, means. Times as they may be passed back: 30 minutes. Of a URL only the host is shown.';
