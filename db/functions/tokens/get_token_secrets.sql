-- For asking Replicate whose tokens they are, above all of those that were here before basepool.
create or replace function basepool.get_token_secrets(p_unchecked_only boolean default true)
returns table (token_id integer, token text)
language sql
stable
security definer
set search_path = ''
as $$
  select t.id, basepool._read_secret(t.token)
  from public.replicate_tokens as t
  inner join basepool.accounts as a on a.id = t.account_id
  where not p_unchecked_only or a.username is null or a.webhook_secret is null
  order by t.id
$$;

revoke all on function basepool.get_token_secrets(boolean) from public, anon, authenticated, service_role;
grant execute on function basepool.get_token_secrets(boolean) to basepool_glue;

comment on function basepool.get_token_secrets(boolean) is
'Ids and secrets of the tokens; p_unchecked_only: only those whose account or webhook secret is not known. Report each with
record_account.';
