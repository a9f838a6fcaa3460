-- Who looks at the pool is told why a secret can't be used, and nothing of the secret.
create or replace function basepool._explain_secret(p_stored text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  v_secret text := p_stored;
  v_problem text;
begin
  if p_stored like 'vault:%' then
    select v.secret, v.problem into v_secret, v_problem from basepool._read_vault(p_stored) as v;
  end if;
  return case
    when v_problem is not null then v_problem
    when v_secret is not null and basepool._usable_secret(v_secret) is null
      then 'its secret can''t stand in a header: it is too short or too long, or has spaces or unprintable characters in it'
  end;
end
$$;

revoke all on function basepool._explain_secret(text) from public, anon, authenticated, service_role;

comment on function basepool._explain_secret(text) is
'Why _read_secret finds no secret for a stored value; null where it finds one, and where none is stored.';
