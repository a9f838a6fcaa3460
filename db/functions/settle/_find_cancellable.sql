-- What a cancel of many means, in one place: the dry run counts what the cancel takes.
create or replace function basepool._find_cancellable(
  p_user uuid,
  p_model text,
  p_before timestamptz,
  p_after_at timestamptz,
  p_after_id uuid,
  p_max integer
)
returns table (id uuid, created_at timestamptz, user_id uuid, model text, is_sent boolean)
language sql
stable
set search_path = ''
as $$
  select g.id, g.created_at, g.user_id, g.replicate_model, s.id is not null
  from public.generations as g
  left join basepool.seats as s on s.generation_id = g.id
  where
    basepool.is_active(g.status)
    -- what the app runs itself is the app's to cancel
    and g.queued_at is not null
    and g.created_at < p_before
    and (g.created_at, g.id) > (p_after_at, p_after_id)
    and (p_user is null or g.user_id = p_user)
    and (p_model is null or g.replicate_model = p_model or starts_with(g.replicate_model, p_model || ':'))
    -- how it ends is known
    and not exists (select from basepool.unsettled as u where u.generation_id = g.id)
  order by g.created_at, g.id
  limit p_max
$$;

revoke all on function basepool._find_cancellable(uuid, text, timestamptz, timestamptz, uuid, integer)
from public, anon, authenticated, service_role;

comment on function basepool._find_cancellable(uuid, text, timestamptz, timestamptz, uuid, integer) is
'Up to p_max (null: all) active generations of basepool''s that were created before p_before and come after (p_after_at,
p_after_id), in that order. p_user, p_model: only those, null for any; a model''s name takes all its versions. is_sent: it has a seat, so that
Replicate has it, or will.';
