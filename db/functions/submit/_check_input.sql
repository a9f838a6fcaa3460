-- What is sent is the database's own text of the input, so that is what has to be in order: at the door, and again when it is
-- claimed, because anybody with rights on the table may have changed it since. Small inputs are through after a look at their
-- length: a number that no double can hold takes more than 308 digits, and each level of nesting two brackets.
create or replace function basepool._check_input(
  p_input jsonb,
  p_max_bytes integer,
  p_max_depth integer,
  out body text,
  out fault text,
  out hint text
)
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_input jsonb;
  v_size integer;
begin
  -- short and not compressed: as large as it seems
  if pg_column_size(p_input) <= 2000 and pg_column_compression(p_input) is null and jsonb_typeof(p_input) = 'object' then
    body := p_input::text;
    if octet_length(body) <= least(308, 2 * p_max_depth, p_max_bytes) then
      return;
    end if;
  end if;

  -- the stored size first, then the whole: neither is made a text before it is known not to be one of gigabytes
  if pg_column_size(p_input) <= 5 * p_max_bytes then
    v_input := p_input #> '{}';
    v_size := pg_column_size(v_input);
  end if;
  if p_input is not null and (v_size is null or v_size > 5 * p_max_bytes) then
    fault := format('the input is larger than %s bytes', p_max_bytes);
  elsif jsonb_typeof(v_input) is distinct from 'object' then
    fault := format('the input is %s, not a JSON object', coalesce('a JSON ' || jsonb_typeof(v_input), 'missing'));
    hint := 'Pass what the model expects as replicate_input (p_input), for example {"prompt": "a cat"}.';
    return;
  -- 0e-16383 takes a few bytes, and 16 kB as a text
  elsif v_size > 8000 and exists (
    select from jsonb_path_query(v_input, 'strict $.** ? (@ > -1e-300 && @ < 1e-300)') as n (value)
    where octet_length(n.value::text) > 1100
  ) then
    fault := 'the input has a number of more than 1100 digits';
    hint := 'Write it with fewer digits: a double has 17.';
    return;
  else
    body := coalesce(body, v_input::text);
    if octet_length(body) > p_max_bytes then
      fault := format('the input is %s bytes long, more than %s', octet_length(body), p_max_bytes);
    elsif octet_length(body) > 2 * p_max_depth and jsonb_path_exists(v_input, 'strict $.**{8}') and jsonb_path_exists(
      v_input, format('strict $.**{%s} ? (@.type() == "object" || @.type() == "array")', p_max_depth)::jsonpath
    ) then
      fault := format('the input is nested deeper than %s levels', p_max_depth);
      hint := 'Pass a flatter input. The owner can raise settings.max_input_depth.';
    elsif octet_length(body) > 308 and jsonb_path_exists(
      v_input, 'strict $.** ? (@ > 1.7976931348623158e308 || @ < -1.7976931348623158e308)'
    ) then
      fault := 'the input has a number that is out of the range of a double (1.8e308)';
      hint := 'Pass a smaller number, or a string.';
    end if;
  end if;
  if fault is not null then
    body := null;
    hint := coalesce(hint, 'Pass files as URLs, not as data. The owner can raise settings.max_input_bytes.');
  end if;
end
$$;

revoke all on function basepool._check_input(jsonb, integer, integer) from public, anon, authenticated, service_role;

comment on function basepool._check_input(jsonb, integer, integer) is
'Whether an input can be sent to Replicate: it is a JSON object of at most p_max_bytes as text, nested p_max_depth levels deep
(8 or more), and its numbers are finite as doubles. Returns body, the text that is sent, or fault, what is wrong, with a hint
what to do.';
