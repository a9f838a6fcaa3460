-- What was copied from a page or a file brings white space along.
create or replace function basepool._trim_secret(p_text text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return btrim(
    p_text,
    E' \t\n\x0b\f\r\x1c\x1d\x1e\x1f\u0085\u00a0\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a'
    || E'\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff'
  );
end
$$;

revoke all on function basepool._trim_secret(text) from public, anon, authenticated, service_role;

comment on function basepool._trim_secret(text) is
'A text without white space, byte order marks and the like at its ends.';
