-- What can't stand in a header is no secret of Replicate's, but for white space at its ends. The one place that knows which text
-- can be sent, whether it comes in or was in the table before.
create or replace function basepool._usable_secret(p_secret text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case
    -- a reference into Vault is ours to write, and nobody's to bring along
    when p_secret !~ '[^!-~]' and length(p_secret) between 8 and 500 and p_secret not like 'vault:%' then p_secret
    when
      basepool._trim_secret(p_secret) !~ '[^!-~]' and length(basepool._trim_secret(p_secret)) between 8 and 500
      and basepool._trim_secret(p_secret) not like 'vault:%'
      then basepool._trim_secret(p_secret)
  end;
end
$$;

revoke all on function basepool._usable_secret(text) from public, anon, authenticated, service_role;

comment on function basepool._usable_secret(text) is
'A token or webhook secret without white space, byte order marks and the like at its ends; null for what can''t be one: what is
left is shorter than 8 or longer than 500 characters, or has others than printable ASCII without spaces.';
