-- The app's own counters of a token: the leases that were counted, and what the app has taken by itself.
create or replace function basepool._count_uses()
returns void
language sql
volatile
set search_path = ''
as $$
  with used as (
    delete from basepool.token_uses as u returning u.token_id, u.used_at, u.uses
  ),

  per_token as (
    select u.token_id, sum(u.uses)::integer as uses, max(u.used_at) as last_at from used as u group by u.token_id
  )

  update public.replicate_tokens as t
  set request_count = coalesce(t.request_count, 0) + u.uses, last_used_at = greatest(t.last_used_at, u.last_at)
  from per_token as u
  where t.id = u.token_id and (u.uses <> 0 or u.last_at > coalesce(t.last_used_at, '-infinity'))
$$;

revoke all on function basepool._count_uses() from public, anon, authenticated, service_role;

comment on function basepool._count_uses() is
'Adds basepool.token_uses to request_count and last_used_at of the tokens; they are gone then.';
