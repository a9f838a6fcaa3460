-- Whether there are more of them than before is what tells a cleanup that works from one that does not keep up.
create or replace function basepool._count_stuck(p_now timestamptz)
returns integer
language plpgsql
stable
set search_path = ''
as $$
declare
  v_before constant timestamptz := p_now - (select s.stuck_after from basepool.settings as s);
begin
  return (
    select count(*) from (
      select from public.generations as g where basepool.is_active(g.status) and g.created_at <= v_before limit 1000
    ) as stuck
  );
end
$$;

revoke all on function basepool._count_stuck(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._count_stuck(timestamptz) is
'How many generations are past settings.stuck_after at p_now; at most 1000 are counted. For watch and _watch_findings.';
