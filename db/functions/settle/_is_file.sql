-- What is a file is asked of every string of every output. Inlined; two looks cost half of one that says it all.
create or replace function basepool._is_file(p_text text)
returns boolean
language sql
immutable
begin atomic
  select
    p_text
    ~* '^(https?://[a-z0-9[][][a-z0-9._~%:@-]*([/?#]|$)|data:[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+[;,])'
    and p_text !~ '[\s\u00a0\u2000-\u200b\u2028\u2029\u3000-\u303f\uff00-\uff65]';
end;

revoke all on function basepool._is_file(text) from public, anon, authenticated, service_role;

comment on function basepool._is_file(text) is
'Whether a string of an output is a file: a URL as a whole, http(s) with a host, or data: with a media type. A sentence that
begins with a link is none, also in a script that writes no spaces. Null for null.';
