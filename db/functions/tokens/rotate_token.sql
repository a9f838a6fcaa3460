-- A new secret for the same token: what is in flight, its seats, its turns and its history go on.
create or replace function basepool.rotate_token(
  p_token_id integer,
  p_token text,
  p_username text default null
)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_token public.replicate_tokens;
  v_username text;
  v_was jsonb;
begin
  select t.* into v_token from public.replicate_tokens as t where t.id = p_token_id for update;
  if not found then
    raise exception using
      errcode = 'TP005',
      message = format('there is no token %s', coalesce(p_token_id::text, 'null')),
      hint = 'See basepool tokens list for the ids.';
  end if;
  select a.username into v_username from basepool.accounts as a where a.id = v_token.account_id;
  if v_username is not null and p_username is not null and v_username <> p_username then
    raise exception using
      errcode = 'TP004',
      message = format('the new secret belongs to %s, token %s to %s', basepool._printable(p_username), p_token_id
        , basepool._printable(v_username)),
      hint = 'What is in flight could not be read with it. Add it with basepool tokens add, and disable the old one.';
  end if;

  v_was := basepool._token_facts(p_token_id);
  update public.replicate_tokens as t set token = p_token where t.id = p_token_id;
  if v_token.suspended_until is not null then
    update public.replicate_tokens as t set is_active = true, failure_streak = 0 where t.id = p_token_id;
  end if;
  perform basepool._audit(
    'tokens rotate', p_token_id::text, basepool._changes(v_was, basepool._token_facts(p_token_id))
  );
  if v_token.suspended_until is not null then
    perform pg_catalog.pg_notify('basepool_queue', '');
    return 'rotated, and no longer suspended';
  end if;
  return 'rotated';
end
$$;

revoke all on function basepool.rotate_token(integer, text, text) from public, anon, authenticated, service_role;
grant execute on function basepool.rotate_token(integer, text, text) to basepool_glue;

comment on function basepool.rotate_token(integer, text, text) is
'Swaps a token''s secret. p_token: the new one; p_username: whose it is, as GET /v1/account says, null where nobody asked. Ends
a suspension. Returns what happened, in words. Raises TP004 (another account''s), TP005, TP006 (in the pool already), TP007
(malformed).';
