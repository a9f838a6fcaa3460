-- What somebody else wrote goes into messages, and PostgREST makes a message the reason phrase of its HTTP answer: one short line,
-- without anything that steers a terminal, a header or the direction of writing.
create or replace function basepool._printable(p_text text)
returns text
language sql
immutable
set search_path = ''
as $$
  select case when length(l.text) > 200 then left(l.text, 200) || '...' else l.text end
  from regexp_replace(
    regexp_replace(left(p_text, 201), '[\t-\r]', ' ', 'g'),
    '[\u0001-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]', '?', 'g'
  ) as l (text)
$$;

revoke all on function basepool._printable(text) from public, anon, authenticated, service_role;

comment on function basepool._printable(text) is
'A text from outside as it may stand in a message: at most 200 characters (then ...), white space as blanks, other control and
invisible characters as ?. Null for null.';
