-- However silent it is about its end: Replicate itself ends a prediction cancel_after its creation, and it was created before we
-- heard of it, or while its call could last.
create or replace function basepool._latest_end(p_leased_at timestamptz, p_submitted_at timestamptz)
returns timestamptz
language sql
stable
set search_path = ''
as $$
  select coalesce(p_submitted_at, p_leased_at + s.submit_timeout) + s.cancel_after from basepool.settings as s
$$;

revoke all on function basepool._latest_end(timestamptz, timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._latest_end(timestamptz, timestamptz) is
'From when on the prediction of an attempt, leased at p_leased_at and accepted at p_submitted_at (null: not known), has ended at
Replicate in any case.';
