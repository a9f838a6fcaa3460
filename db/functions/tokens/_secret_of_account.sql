-- One token that can't be used must not keep its account's predictions from being read and cancelled with another.
create or replace function basepool._secret_of_account(p_account bigint, p_token integer default null)
returns text
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_token record;
  v_secret text;
begin
  for v_token in select t.id, t.token from basepool._tokens_of_account(p_account, p_token) as t loop
    v_secret := basepool._read_secret(v_token.token);
    if v_secret is not null then
      return v_secret;
    end if;
    perform basepool._suspend_unusable(v_token.id);
  end loop;
  return null;
end
$$;

revoke all on function basepool._secret_of_account(bigint, integer) from public, anon, authenticated, service_role;

comment on function basepool._secret_of_account(bigint, integer) is
'The secret of a token of an account for reading and cancelling, preferably of p_token; null when the account has none that can be
used. Suspends those that can''t.';
