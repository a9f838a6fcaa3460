-- The way in for tokens, once Replicate has said whose they are.
create or replace function basepool.add_token(
  p_token text,
  p_username text default null,
  p_kind text default null,
  p_webhook_secret text default null,
  p_max_in_flight integer default null,
  p_name text default null
)
returns table (token_id integer, account_id bigint, account text, is_new_account boolean, tokens_of_account integer)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_token_id integer;
begin
  begin
    insert into public.replicate_tokens as t (token, name, max_in_flight)
    select p_token, p_name, coalesce(p_max_in_flight, s.default_max_in_flight) from basepool.settings as s
    returning t.id into v_token_id;
  exception when unique_violation then
    -- where the app was there before us, its constraint says so
    v_token_id := null;
  end;
  if v_token_id is null then
    raise exception using
      errcode = 'TP006',
      message = 'this token is in the pool already',
      hint = 'See basepool tokens list.';
  end if;
  perform basepool._audit(
    'tokens add', v_token_id::text, jsonb_build_object('name', p_name, 'account', p_username, 'max_in_flight', p_max_in_flight)
  );
  return query select r.* from basepool.record_account(v_token_id, p_username, p_kind, p_webhook_secret) as r;
exception when check_violation then
  raise exception using
    errcode = 'PT400',
    message = format('max_in_flight is %s', p_max_in_flight),
    hint = 'A token has between 1 and 1000 predictions in flight.';
end
$$;

revoke all on function basepool.add_token(text, text, text, text, integer, text) from public, anon, authenticated, service_role;
grant execute on function basepool.add_token(text, text, text, text, integer, text) to basepool_glue;

comment on function basepool.add_token(text, text, text, text, integer, text) is
'Adds a token to the pool. p_username, p_kind (user or organization): as GET /v1/account says, null where nobody asked;
p_webhook_secret: whsec_…; p_max_in_flight: default settings.default_max_in_flight; p_name: for people. Returns the token''s
and account''s id, the account''s name, whether it is new, and how many tokens it has now. Raises TP006 (known already), TP007
(malformed), PT400.';
