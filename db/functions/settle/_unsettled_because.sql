-- The app's hook has failed in this very call, so that it is done again without the end of the generation.
create or replace function basepool._unsettled_because()
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return nullif(current_setting('basepool.unsettled_because', true), '');
end
$$;

revoke all on function basepool._unsettled_because() from public, anon, authenticated, service_role;

comment on function basepool._unsettled_because() is
'Null nearly always. Else what the app''s hook has said: generations are noted in basepool.unsettled instead of
ended.';
