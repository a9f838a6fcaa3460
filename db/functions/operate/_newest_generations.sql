-- Yesterday is looked at without an index of its own: each one that a table has costs every life of a generation.
create or replace function basepool._newest_generations(
  p_since timestamptz,
  p_max integer default 100000,
  p_pages integer default 20000
)
returns table (model text, user_id uuid, is_keyframe boolean, has_input boolean, is_ours boolean, is_failed boolean)
language plpgsql
stable
set search_path = ''
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_sort = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  -- what has come last stands there, as a rule
  v_from constant tid := format('(%s,0)', greatest(0, pg_relation_size('public.generations') / 8192 - p_pages))::tid;
begin
  if exists (
    select from pg_catalog.pg_index as i
    inner join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
    inner join pg_catalog.pg_class as c on c.oid = i.indexrelid
    inner join pg_catalog.pg_am as m on m.oid = c.relam and m.amname = 'btree'
    where i.indrelid = 'public.generations'::regclass and i.indisvalid and i.indpred is null and a.attname = 'created_at'
  ) then
    return query
      select
        g.replicate_model::text, g.user_id, g.is_keyframe_segment is true or g.action::text = 'video_keyframes'
        , g.replicate_input is not null, g.queued_at is not null, g.status = 'failed'
      from public.generations as g
      where g.created_at > p_since
      order by g.created_at desc
      limit p_max;
  else
    return query
      select
        g.replicate_model::text, g.user_id, g.is_keyframe_segment is true or g.action::text = 'video_keyframes'
        , g.replicate_input is not null, g.queued_at is not null, g.status = 'failed'
      from public.generations as g
      where g.ctid >= v_from and g.created_at > p_since
      limit p_max;
  end if;
end
$$;

revoke all on function basepool._newest_generations(timestamptz, integer, integer) from public, anon, authenticated, service_role;

comment on function basepool._newest_generations(timestamptz, integer, integer) is
'Generations that came in after p_since, p_max of them at most: the newest, where an index of the app has created_at first, else
those in the last p_pages pages of the table (of 8 kB). model; is_keyframe: it is part of a keyframe job; is_ours: basepool runs it. For
list_cutover and preview_cutover.';
