-- People read the sentence, not the envelope.
create or replace function basepool._describe_error(p_status integer, p_body text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_text text;
begin
  if p_body ~ '^\s*\{' then
    begin
      v_text := concat_ws(': ', p_body::jsonb ->> 'title', btrim(p_body::jsonb ->> 'detail', E' \n'));
    exception when data_exception or program_limit_exceeded then
      -- not JSON after all ("is json" needs PostgreSQL 16), or none that can be stored: the text itself will do
      v_text := null;
    end;
  elsif p_body ~ '^\s*<' then
    v_text := 'an HTML page: ' || btrim(regexp_replace(regexp_replace(p_body, '<[^>]*>', ' ', 'g'), '\s+', ' ', 'g'));
  end if;
  v_text := left(coalesce(nullif(v_text, ''), nullif(btrim(p_body), ''), 'no explanation'), 1000);
  return case when p_status is null then v_text else format('HTTP %s: %s', p_status, v_text) end;
end
$$;

revoke all on function basepool._describe_error(integer, text) from public, anon, authenticated, service_role;

comment on function basepool._describe_error(integer, text) is
'An error of Replicate in one line of at most 1000 characters. p_status: HTTP status or null; p_body: the raw body (RFC 7807
JSON, HTML or text).';
