-- How far the app has moved over, and how it goes: what basepool and the app have run side by side since yesterday.
create or replace function basepool.list_cutover()
returns table (
  kind text,
  pattern text,
  percent numeric,
  changed_at timestamptz,
  ours bigint,
  ours_failed bigint,
  apps bigint,
  apps_failed bigint,
  waiting bigint,
  in_flight bigint
)
language sql
stable
security definer
set search_path = ''
as $$
  with seen as (
    select
      g.model
      , g.is_keyframe
      , count(*) filter (where g.is_ours) as ours
      , count(*) filter (where g.is_ours and g.is_failed) as ours_failed
      , count(*) filter (where not g.is_ours) as apps
      , count(*) filter (where not g.is_ours and g.is_failed) as apps_failed
      , 0::bigint as waiting
      , 0::bigint as in_flight
    from basepool._newest_generations(basepool.now() - interval '1 day') as g
    group by 1, 2
    union all
    select
      g.replicate_model, g.is_keyframe_segment is true or g.action::text = 'video_keyframes', 0, 0, 0, 0
      , count(*) filter (where w.waits), count(*) filter (where not w.waits)
    from (
      (select q.generation_id as id, true as waits from basepool.queue as q limit 100000)
      union all
      select s.generation_id, false from basepool.seats as s where s.generation_id is not null
    ) as w
    inner join public.generations as g on g.id = w.id
    group by 1, 2
  ),

  told as (
    select
      s.*
      , case
        when not basepool._is_replicate_model(s.model) then 'other providers'
        when s.is_keyframe and o.adopted then 'keyframes'
        when c.pattern is null then 'other models'
        else 'pattern'
      end as kind
      , c.pattern
    from seen as s
    cross join basepool.settings as o
    cross join lateral (select basepool._find_cutover(s.model) as pattern) as c
  )

  select
    k.kind, k.pattern, k.percent, k.changed_at
    , coalesce(sum(t.ours), 0)::bigint, coalesce(sum(t.ours_failed), 0)::bigint
    , coalesce(sum(t.apps), 0)::bigint, coalesce(sum(t.apps_failed), 0)::bigint
    , coalesce(sum(t.waiting), 0)::bigint, coalesce(sum(t.in_flight), 0)::bigint
  from (
    select 1 as place, 'pattern' as kind, c.pattern, c.percent, c.changed_at from basepool.cutover as c
    union all
    select n.place, n.kind, null, null, null
    from (values (2, 'other models'), (3, 'keyframes'), (4, 'other providers')) as n (place, kind)
  ) as k
  left join told as t on t.kind = k.kind and (k.kind <> 'pattern' or t.pattern = k.pattern)
  group by k.place, k.kind, k.pattern, k.percent, k.changed_at
  order by k.place, length(replace(k.pattern, '*', '')) desc, k.pattern
$$;

revoke all on function basepool.list_cutover() from public, anon, authenticated, service_role;
grant execute on function basepool.list_cutover() to basepool_glue;

comment on function basepool.list_cutover() is
'Where the cut-over stands: a row for each of basepool.cutover (kind pattern), the most specific first, and one each for other
models (of Replicate''s, which no pattern matches), keyframes (of an app that was there before basepool, which chains them by
itself) and other providers. Of the last 24 hours: ours (what basepool runs), ours_failed, apps (what the app runs), apps_failed;
now: waiting and in_flight. At most the 100,000 newest are looked at, and as many of those that wait.';
