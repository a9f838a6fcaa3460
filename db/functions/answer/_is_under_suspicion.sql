-- What a success would absolve (_absolve).
create or replace function basepool._is_under_suspicion(p_token integer)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select from public.replicate_tokens as t
    inner join basepool.accounts as a on a.id = t.account_id
    where t.id = p_token and (t.suspended_at is not null or a.cooled_at is not null)
  );
end
$$;

revoke all on function basepool._is_under_suspicion(integer) from public, anon, authenticated, service_role;

comment on function basepool._is_under_suspicion(integer) is
'Whether a token is suspended, or its account cools down or is being probed.';
