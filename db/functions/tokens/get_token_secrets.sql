-- For asking Replicate whose tokens they are, above all of those that were here before basepool.
create or replace function basepool.get_token_secrets(p_unchecked_only boolean default true)
returns table (token_id integer, token text, problem text)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  for token_id, token, problem in
    select t.id, basepool._read_secret(t.token), basepool._explain_secret(t.token)
    from public.replicate_tokens as t
    inner join basepool.accounts as a on a.id = t.account_id
    where not p_unchecked_only or a.username is null or basepool._read_secret(a.webhook_secret) is null
    order by t.id
  loop
    if problem is not null then
      perform basepool._suspend_unusable(token_id);
    end if;
    return next;
  end loop;
end
$$;

revoke all on function basepool.get_token_secrets(boolean) from public, anon, authenticated, service_role;
grant execute on function basepool.get_token_secrets(boolean) to basepool_glue;

comment on function basepool.get_token_secrets(boolean) is
'Ids and secrets of the tokens; p_unchecked_only: only those whose account or webhook secret is not known. Report each with
record_account. Where a secret can''t be used, token is null, problem says why, and the token is suspended.';
