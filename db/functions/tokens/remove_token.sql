-- A token that still has something in flight can't go: nobody could cancel or ask for it any more.
create or replace function basepool.remove_token(p_token_id integer)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_in_flight integer;
  v_was jsonb;
begin
  perform from public.replicate_tokens as t where t.id = p_token_id for update;
  if not found then
    raise exception using
      errcode = 'TP005',
      message = format('there is no token %s', coalesce(p_token_id::text, 'null')),
      hint = 'See basepool tokens list for the ids.';
  end if;
  select count(*) into v_in_flight from basepool.seats as s where s.token_id = p_token_id and s.attempt_id is not null;
  if v_in_flight > 0 then
    raise exception using
      errcode = 'TP008',
      message = format('token %s has %s in flight', p_token_id, v_in_flight),
      hint = format('Run basepool tokens disable %s and try again when they have finished.', p_token_id);
  end if;
  v_was := basepool._token_facts(p_token_id);
  delete from public.replicate_tokens as t where t.id = p_token_id;
  perform basepool._audit('tokens remove', p_token_id::text, basepool._changes(v_was, null));
  return 'removed';
end
$$;

revoke all on function basepool.remove_token(integer) from public, anon, authenticated, service_role;
grant execute on function basepool.remove_token(integer) to basepool_glue;

comment on function basepool.remove_token(integer) is
'Deletes a token and its secret; attempts and statistics stay. Returns what happened, in words. Raises TP005, TP008 (something
is in flight).';
