-- People say when as a time, or as how long ago.
create or replace function basepool._read_moment(p_text text, p_now timestamptz)
returns timestamptz
language plpgsql
stable
set search_path = ''
as $$
declare
  v_ago interval;
begin
  begin
    v_ago := p_text::interval;
  exception when data_exception then
    return p_text::timestamptz;
  end;
  return p_now - v_ago;
end
$$;

revoke all on function basepool._read_moment(text, timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._read_moment(text, timestamptz) is
'The time p_text, or the one so long before p_now: 2026-12-01 10:00Z, 90 minutes, 7d. Raises data exceptions.';
