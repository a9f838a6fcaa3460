-- What is added again is known, and what can't be a token is found out before anybody sends it anywhere.
create or replace function basepool.find_token(p_text text)
returns table (secret text, token_id integer, account text, tokens_of_account integer)
language sql
stable
security definer
set search_path = ''
as $$
  select
    u.secret, t.id, a.username
    , (select count(*)::integer from public.replicate_tokens as o where o.account_id = t.account_id)
  from (select basepool._usable_secret(p_text) as secret) as u
  left join public.replicate_tokens as t on t.fingerprint = basepool._fingerprint(u.secret)
  left join basepool.accounts as a on a.id = t.account_id
$$;

revoke all on function basepool.find_token(text) from public, anon, authenticated, service_role;
grant execute on function basepool.find_token(text) to basepool_glue;

comment on function basepool.find_token(text) is
'What somebody gave as a token. Always one row: secret, as it can be sent (null: this can''t be a token), and the token''s id,
account and how many tokens that account has where it is in the pool already.';
