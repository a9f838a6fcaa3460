-- A film of keyframes is a parent and up to eight segments, one after the other: who waits for the others to end is not stuck.
create or replace function basepool._keyframes_go_on(
  p_user uuid,
  p_group text,
  p_created_at timestamptz,
  p_since timestamptz
)
returns boolean
language sql
stable
set search_path = ''
as $$
  select exists (
    select from public.generations as g
    where
      -- an index of every such app leads there, and no further than a day back
      g.user_id = p_user and g.created_at >= p_created_at - interval '1 day'
      and g.is_keyframe_segment and g.settings ->> 'keyframe_group_id' = p_group
      and (
        g.status = 'processing'
        or greatest(g.created_at, g.started_at, case when g.status = 'completed' then g.completed_at end) > p_since
      )
  )
$$;

revoke all on function basepool._keyframes_go_on(uuid, text, timestamptz, timestamptz)
from public, anon, authenticated, service_role;

comment on function basepool._keyframes_go_on(uuid, text, timestamptz, timestamptz) is
'Whether a segment of the keyframe job p_group (settings.keyframe_group_id) of p_user runs, or has begun or been completed since
p_since. p_created_at: of the one that waits. For _fail_stuck_generations.';
