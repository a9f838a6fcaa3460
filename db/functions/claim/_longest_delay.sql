-- Part of every limiter's arithmetic.
create or replace function basepool._longest_delay()
returns bigint
language plpgsql
stable
set search_path = ''
as $$
begin
  return (select extract(epoch from s.send_within) * 1000000 from basepool.settings as s);
end
$$;

revoke all on function basepool._longest_delay() from public, anon, authenticated, service_role;

comment on function basepool._longest_delay() is
'settings.send_within, the longest time from a claim to the sending of what was claimed, in microseconds.';
