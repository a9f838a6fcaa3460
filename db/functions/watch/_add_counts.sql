-- Counts by name, of errors or of buckets, are one value of a row, and add up.
create or replace function basepool._add_counts(p_counts jsonb, p_more jsonb)
returns jsonb
language sql
immutable
parallel safe
set search_path = ''
as $$
  select case
    when p_more = '{}' then p_counts
    when p_counts = '{}' and not exists (select from jsonb_each(p_more) as e where e.value::bigint <= 0) then p_more
    else (
      select coalesce(jsonb_object_agg(s.key, s.times), '{}')
      from (
        select e.key, sum(e.value::bigint) as times
        from (select * from jsonb_each(p_counts) union all select * from jsonb_each(p_more)) as e
        group by e.key
        having sum(e.value::bigint) > 0
      ) as s
    )
  end
$$;

revoke all on function basepool._add_counts(jsonb, jsonb) from public, anon, authenticated, service_role;

comment on function basepool._add_counts(jsonb, jsonb) is
'The sum of two objects of counts, {"throttled": 3}, name by name; what comes to nothing is left out.';
