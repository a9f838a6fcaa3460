-- What a lost answer was about becomes certain by itself: first a list can prove that there is nothing, then its time is over.
create or replace function basepool._when_certain(p_lost_at timestamptz, out provable_at timestamptz, out over_at timestamptz)
language sql
stable
set search_path = ''
as $$
  select p_lost_at + s.absence_after, p_lost_at + s.cancel_after from basepool.settings as s
$$;

revoke all on function basepool._when_certain(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._when_certain(timestamptz) is
'For an answer that was lost at p_lost_at: from when on a complete list proves that there is no prediction (provable_at), and
from when on whatever there was has ended (over_at).';
