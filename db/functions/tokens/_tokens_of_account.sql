-- A prediction can be read and cancelled only with a token of its account; the one that made it if it still can.
create or replace function basepool._tokens_of_account(p_account bigint, p_token integer)
returns setof public.replicate_tokens
language sql
stable
set search_path = ''
as $$
  select t.*
  from public.replicate_tokens as t
  where t.account_id = p_account
  order by (t.suspended_until is not null), not coalesce(t.is_active, false), t.id <> p_token, t.id
$$;

revoke all on function basepool._tokens_of_account(bigint, integer) from public, anon, authenticated, service_role;

comment on function basepool._tokens_of_account(bigint, integer) is
'The tokens of an account for reading and cancelling: those that work first, of them p_token.';
