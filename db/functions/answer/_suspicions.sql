-- What a success would absolve (_absolve).
create or replace function basepool._suspicions(p_token integer)
returns table (suspended_at timestamptz, cooled_at timestamptz)
language sql
stable
begin atomic
  select
    t.suspended_at,
    a.cooled_at
  from public.replicate_tokens as t
  inner join basepool.accounts as a on t.account_id = a.id
  where t.id = p_token and (t.suspended_at is not null or a.cooled_at is not null);
end;

revoke all on function basepool._suspicions(integer) from public, anon, authenticated, service_role;

comment on function basepool._suspicions(integer) is
'What is held against a token: a row if it is suspended, or if its account cools down or is being probed. Inlined.';
