-- A time as people write it, and as it may be written back: 30 minutes, not 00:30:00.
create or replace function basepool._say_interval(p_time interval)
returns text
language sql
immutable
set search_path = ''
as $$
  select (t.ms / u.size)::bigint || ' ' || u.name || case when t.ms = u.size then '' else 's' end
  from (select round(1000 * extract(epoch from p_time)) as ms) as t
  inner join (
    values (86400000, 'day'), (3600000, 'hour'), (60000, 'minute'), (1000, 'second'), (1, 'millisecond')
  ) as u (size, name) on t.ms % u.size = 0 and (t.ms <> 0 or u.name = 'second')
  order by u.size desc
  limit 1
$$;

revoke all on function basepool._say_interval(interval) from public, anon, authenticated, service_role;

comment on function basepool._say_interval(interval) is
'p_time in its largest unit that leaves no rest, from days to milliseconds: 90 seconds, 2 hours. A month has 30 days. Null for
null.';
