-- What a user has written is shown whole, but nothing in it may hide or turn round what stands beside it.
create or replace function basepool._clean_text(p_text text, p_most integer)
returns text
language sql
immutable
set search_path = ''
as $$
  select string_agg(
    coalesce((
      select string_agg(basepool._printable(substr(l.line, p.place, 200)), '' order by p.place)
      from generate_series(1, length(l.line), 200) as p (place)
    ), ''), e'\n' order by l.n
  ) || case when length(p_text) > p_most then '…' else '' end
  from string_to_table(left(p_text, p_most), e'\n') with ordinality as l (line, n)
$$;

revoke all on function basepool._clean_text(text, integer) from public, anon, authenticated, service_role;

comment on function basepool._clean_text(text, integer) is
'The first p_most characters of p_text (… tells that there are more), line by line as _printable shows it.';
