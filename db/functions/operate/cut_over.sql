-- Moves a part of what the app inserts over to basepool, or back. It counts from the next insert; what was inserted before stays
-- with whom it was given to, until give_back.
create or replace function basepool.cut_over(p_pattern text, p_percent numeric)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_given constant text := basepool._check_cutover(p_pattern, p_percent);
  v_was constant numeric := (select c.percent from basepool.cutover as c where lower(c.pattern) = lower(v_given));
  v_pattern constant text := coalesce((select c.pattern from basepool.cutover as c where lower(c.pattern) = lower(v_given)), v_given);
begin
  if p_percent is not null then
    insert into basepool.cutover as c (pattern, percent, changed_at)
    values (v_pattern, p_percent, basepool.now())
    on conflict (lower(pattern)) do update set percent = excluded.percent, changed_at = excluded.changed_at;
  elsif v_was is null then
    raise exception using
      errcode = 'PT404',
      message = format('nothing is said of %s', basepool._quote(v_pattern)),
      hint = 'See basepool cutover for what is.';
  else
    delete from basepool.cutover as c where c.pattern = v_pattern;
  end if;
  perform basepool._audit('cutover', v_pattern, jsonb_build_object('was', v_was, 'is', p_percent));
  return jsonb_build_object('pattern', v_pattern, 'percent', p_percent, 'was', v_was);
end
$$;

revoke all on function basepool.cut_over(text, numeric) from public, anon, authenticated, service_role;
grant execute on function basepool.cut_over(text, numeric) to basepool_glue;

comment on function basepool.cut_over(text, numeric) is
'Has basepool run what is inserted plainly of the models p_pattern (owner/name, with * or % for any characters) by p_percent percent
of the users (0 to 100, two digits; null: nothing is said of the pattern any more, so that a less specific one counts). Returns
{pattern, percent, was}. Counts from the next insert; what waits goes back to the app with give_back. Raises PT400, PT404. For the
owner and the glue.';
