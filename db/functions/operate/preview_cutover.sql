-- A percentage says nothing to somebody who does not know how much there is: what it would have meant yesterday does.
create or replace function basepool.preview_cutover(p_pattern text, p_percent numeric)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_pattern constant text := basepool._check_cutover(p_pattern, p_percent);
  v_percent constant numeric := coalesce(p_percent, (select c.percent from basepool.cutover as c
    where lower(c.pattern) = lower(v_pattern)), 0);
  v_result jsonb;
begin
  select jsonb_build_object(
    'pattern', v_pattern, 'percent', v_percent
    , 'generations', count(*) filter (where o.is_ours), 'users', count(distinct o.user_id) filter (where o.is_ours)
    , 'of_generations', count(*), 'of_users', count(distinct o.user_id)
  ) into v_result
  from (
    select
      g.user_id
      , coalesce(basepool._is_moved_over(g.user_id, v_percent), false) as is_ours
    from basepool._newest_generations(basepool.now() - interval '1 day') as g
    where
      not ((select s.adopted from basepool.settings as s) and (not g.has_input or g.is_keyframe))
      and basepool._is_replicate_model(g.model)
      and basepool._pattern_counts(v_pattern, g.model)
  ) as o;
  return v_result || jsonb_build_object('waiting', (
    select count(*)
    from (select w.generation_id from basepool.queue as w limit 100000) as q
    inner join public.generations as g on g.id = q.generation_id
    where basepool._pattern_counts(v_pattern, g.replicate_model)
  ));
end
$$;

revoke all on function basepool.preview_cutover(text, numeric) from public, anon, authenticated, service_role;
grant execute on function basepool.preview_cutover(text, numeric) to basepool_glue;

comment on function basepool.preview_cutover(text, numeric) is
'What cut_over with these arguments (null: as it is) would have meant for the last 24 hours: {pattern, percent, generations, users
(that basepool would have run), of_generations, of_users (of those for which the pattern counts), waiting (what give_back would give
back now)}. At most the 100,000 newest are looked at, and as many of those that wait. Changes nothing. Raises PT400.';
