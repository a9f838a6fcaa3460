-- The truth that messages are a hint at, for slow polling and for whoever was away. Nothing is kept for it: when a generation
-- changed last is read from its own row and from what waits or runs.
create or replace function basepool.get_own_changes(p_since timestamptz, p_max integer)
returns table (id uuid, status text, changed_at timestamptz, next_since timestamptz)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  -- a commit may come later than the time it writes down
  v_overlap constant interval := interval '15 seconds';
  v_user constant uuid := auth.uid();
  v_now constant timestamptz := basepool.now();
  v_since constant timestamptz := coalesce(p_since, v_now - interval '1 day');
  v_max constant integer := least(greatest(coalesce(p_max, 100), 1), 1000);
  -- the longest that one may live: stuck, asked about, running on, and the hour in which Replicate has its files
  v_longest constant interval := (
    select s.stuck_after + s.stuck_grace + s.cancel_after + interval '70 minutes' from basepool.settings as s
  );
begin
  return query
    with changes as (
      select
        g.id, g.status
        , greatest(
          g.created_at, g.queued_at, g.started_at
          -- it was accepted, or it waits again
          , (
            select case when s.attempt_no > 1 then coalesce(s.submitted_at, s.leased_at) else s.submitted_at end
            from basepool.seats as s where s.generation_id = g.id
          )
          , (select q.queued_at from basepool.queue as q where q.generation_id = g.id)
        ) as changed_at
      from public.generations as g
      where g.user_id = v_user and basepool.is_active(g.status)
      union all
      select
        g.id, g.status
        , greatest(
          g.created_at, g.started_at, g.completed_at, g.settled_at
          -- with the last of its files its links change
          , (select max(greatest(f.stored_at, f.failed_at)) from basepool.output_files as f where f.generation_id = g.id)
        ) as changed_at
      from public.generations as g
      where g.user_id = v_user and not basepool.is_active(g.status) and g.created_at > v_since - v_longest
    ),

    page as (
      select c.* from changes as c
      where c.changed_at > v_since
      order by c.changed_at
      fetch first (v_max) rows with ties
    ),

    -- what follows the page, or if that was all, what follows now
    following as (
      select greatest(v_since, least(case when count(*) >= v_max then max(p.changed_at) end, v_now - v_overlap)) as since
      from page as p
    )

    select p.id, p.status, p.changed_at, f.since
    from page as p
    cross join following as f
    order by p.changed_at, p.id;
end
$$;

revoke all on function basepool.get_own_changes(timestamptz, integer) from public, anon, authenticated, service_role;
grant execute on function basepool.get_own_changes(timestamptz, integer) to authenticated;

comment on function basepool.get_own_changes(timestamptz, integer) is
'What public.get_generation_changes says and does, outside the schema that the API shows. Definer: whether one waits or runs stands
in tables that users may not read; the function looks at rows of auth.uid() only. For it alone, and
so for authenticated.';
