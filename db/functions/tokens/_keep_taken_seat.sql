-- Whoever deletes a token, or the app's row of it: what is in flight could not be read or cancelled any more.
create or replace function basepool._keep_taken_seat()
returns trigger
language plpgsql
volatile
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'TP008',
    message = format('token %s has predictions in flight', old.token_id),
    hint = format('Run basepool tokens disable %s and try again when they have finished.', old.token_id);
end
$$;

revoke all on function basepool._keep_taken_seat() from public, anon, authenticated, service_role;

comment on function basepool._keep_taken_seat() is
'Trigger, before a taken seat is deleted: refuses it. Raises TP008.';
