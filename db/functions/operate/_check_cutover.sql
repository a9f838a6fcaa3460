-- What people write as a part of the cut-over, as the table has it; a mistake is told before it moves anything.
create or replace function basepool._check_cutover(p_pattern text, p_percent numeric)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_pattern constant text := replace(p_pattern, '%', '*');
begin
  if coalesce(v_pattern !~ '^[A-Za-z0-9*][A-Za-z0-9_.*/:-]{0,199}$', true)
    or strpos(v_pattern, '*') = 0 and (basepool._parse_model(v_pattern)).fault is not null then
    raise exception using
      errcode = 'PT400',
      message = format('%s stands for no models', basepool._quote(p_pattern)),
      hint = 'Write owner/name, with * for any characters, or * alone for all models.';
  elsif p_percent is not null and (p_percent not between 0 and 100 or p_percent <> round(p_percent, 2)) then
    raise exception using
      errcode = 'PT400',
      message = format('%s is no percentage', p_percent),
      hint = 'Pass 0 to 100, with two digits after the point at most.';
  elsif
    p_percent > 0 and v_pattern ~ '^[^*]*/' and v_pattern not like 'deployments/%'
    and not basepool._is_replicate_model(split_part(v_pattern, '/', 1) || '/x')
  then
    raise exception using
      errcode = 'PT400',
      message = format('%s is no model of Replicate''s', basepool._quote(p_pattern)),
      hint = 'What other providers run stays the app''s.';
  end if;
  return v_pattern;
end
$$;

revoke all on function basepool._check_cutover(text, numeric) from public, anon, authenticated, service_role;

comment on function basepool._check_cutover(text, numeric) is
'p_pattern as basepool.cutover has it: % stands for * as well. Raises PT400 when it stands for no models or only for those of
another provider, or when p_percent (null: none) is no percentage.';
