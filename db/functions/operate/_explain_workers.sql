-- A token is free and yet nothing moves: whether nobody works, somebody is silent, or all have their hands full is not the same to
-- whoever is to mend it.
create or replace function basepool._explain_workers(p_now timestamptz)
returns text
language sql
stable
set search_path = ''
as $$
  select case
    when count(*) = 0 then 'no worker is known: nobody claims it'
    when count(*) filter (where not w.is_silent) = 0 then format(
      'every worker has been silent, for %s s at least', floor(extract(epoch from p_now - max(w.heard_at)))
    )
    when sum(w.hands_free) filter (where not w.is_silent) = 0 then format(
      'all %s hands of the workers are waiting for answers of Replicate', sum(w.hands) filter (where not w.is_silent)
    )
    when bool_and(w.doing like 'can''t claim%') filter (where not w.is_silent) then 'the workers can''t claim'
    else 'a worker is there and claims it next'
  end
  from basepool.list_workers() as w
$$;

revoke all on function basepool._explain_workers(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._explain_workers(timestamptz) is
'Why what could be claimed at p_now is not, as far as the workers go; without their names.';
