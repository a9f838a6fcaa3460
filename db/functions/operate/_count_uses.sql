-- The app's own counters of a token: what the roll-up has counted anew, and what the app has taken by itself.
create or replace function basepool._count_uses(p_hours timestamptz [], p_before jsonb)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  with direct as (
    delete from basepool.direct_uses as d returning d.token_id, d.used_at
  ),

  used as (
    select u.token_id, sum(u.uses)::integer as uses, max(u.last_at) as last_at
    from (
      select d.token_id, count(*) as uses, max(d.used_at) as last_at from direct as d group by 1
      union all
      select s.token_id, sum(s.leases) - coalesce((p_before ->> s.token_id::text)::bigint, 0), null
      from basepool.token_stats as s where s.hour = any(p_hours) group by s.token_id
      union all
      select s.token_id, 0, max(s.leased_at) from basepool.seats as s group by 1
    ) as u
    group by u.token_id
  )

  update public.replicate_tokens as t
  set request_count = coalesce(t.request_count, 0) + u.uses, last_used_at = greatest(t.last_used_at, u.last_at)
  from used as u
  where t.id = u.token_id and (u.uses > 0 or u.last_at > coalesce(t.last_used_at, '-infinity'));
end
$$;

revoke all on function basepool._count_uses(timestamptz[], jsonb) from public, anon, authenticated, service_role;

comment on function basepool._count_uses(timestamptz[], jsonb) is
'Adds to request_count and last_used_at of the tokens what basepool.token_stats has in p_hours beyond p_before (leases by
token), and basepool.direct_uses, which are then gone.';
