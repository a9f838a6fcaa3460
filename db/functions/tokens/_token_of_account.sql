-- A prediction can be read and cancelled only with a token of its account; the one that made it if it still can.
create or replace function basepool._token_of_account(p_account bigint, p_token integer)
returns public.replicate_tokens
language sql
stable
set search_path = ''
as $$
  select t.*
  from public.replicate_tokens as t
  where t.account_id = p_account
  order by (t.suspended_until is not null), not coalesce(t.is_active, false), t.id <> p_token, t.id
  limit 1
$$;

revoke all on function basepool._token_of_account(bigint, integer) from public, anon, authenticated, service_role;

comment on function basepool._token_of_account(bigint, integer) is
'A token of an account for reading and cancelling: one that works, preferably p_token; null when the account has none left.';
