-- The numbers above the app's gallery. Its search_path is the caller's: the app's own policies run in it, and may count on it.
create or replace function public.get_generation_counts(p_user_id uuid)
returns table (all_count bigint, processing_count bigint, favorites_count bigint, failed_count bigint)
language sql
stable
begin atomic
  select
    count(*),
    -- as the app counts them: what it calls queued it shows nowhere
    count(*) filter (where basepool.is_active(g.status) and g.status <> 'queued'),
    count(*) filter (where g.is_favorite),
    count(*) filter (where g.status = 'failed')
  from public.generations as g
  where g.user_id = p_user_id and g.is_keyframe_segment is not true;
end;

revoke all on function public.get_generation_counts(uuid) from public, anon, authenticated, service_role;
grant execute on function public.get_generation_counts(uuid) to authenticated, service_role;

comment on function public.get_generation_counts(uuid) is
'How many generations a user has: all, pending or processing, favorites, failed; without the segments of keyframe jobs, which the
app''s lists leave out. One row; row level security decides what the caller may count. Its body is parsed when it is made: its callers have no usage of the
schema basepool. For authenticated and service_role.';
