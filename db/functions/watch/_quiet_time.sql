-- An alarm that comes and goes would ring all night: each time it comes back it has to be away for twice as long before it is over.
create or replace function basepool._quiet_time(p_name text, p_now timestamptz)
returns interval
language sql
stable
set search_path = ''
as $$
  select interval '1 minute' * least(60, 2 ^ count(*))
  from (
    select from basepool.alerts as a where a.name = p_name and a.opened_at > p_now - interval '6 hours' limit 6
  ) as recent
$$;

revoke all on function basepool._quiet_time(text, timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._quiet_time(text, timestamptz) is
'How long the reason of the alarm p_name must have been away before it closes: two minutes, and twice as long for each time that it
opened within the last six hours before, up to an hour. For _ring.';
