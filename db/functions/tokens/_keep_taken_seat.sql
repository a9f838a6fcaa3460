-- Whoever deletes a token, or the app's row of it: what is in flight could not be read or cancelled any more.
create or replace function basepool._keep_taken_seat()
returns trigger
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_token integer;
begin
  if tg_op = 'DELETE' then
    v_token := old.token_id;
  else
    select s.token_id into v_token from basepool.seats as s where s.attempt_id is not null limit 1;
    if not found then
      return null;
    end if;
  end if;
  raise exception using
    errcode = 'TP008',
    message = format('token %s has predictions in flight', v_token),
    hint = format('Run basepool tokens disable %s and try again when they have finished.', v_token);
end
$$;

revoke all on function basepool._keep_taken_seat() from public, anon, authenticated, service_role;

comment on function basepool._keep_taken_seat() is
'Trigger, before a taken seat is deleted, or all seats are truncated: refuses it. Raises TP008.';
