-- A large file takes longer than a lease; who lives says so, and hears what is no longer his.
create or replace function basepool.renew_output_files(p_leases uuid [])
returns setof uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_until constant timestamptz := basepool.now() + (select s.lease_time from basepool.settings as s);
begin
  return query
    with held as (
      -- whoever has it locked takes it over, or deletes it
      select f.generation_id, f.nth from basepool.output_files as f
      where f.lease = any(p_leases) and f.state = 'storing'
      for update skip locked
    )

    update basepool.output_files as f
    set again_at = v_until
    from held as h
    where f.generation_id = h.generation_id and f.nth = h.nth
    returning f.lease;
end
$$;

revoke all on function basepool.renew_output_files(uuid[]) from public, anon, authenticated, service_role;
grant execute on function basepool.renew_output_files(uuid[]) to basepool_glue;

comment on function basepool.renew_output_files(uuid[]) is
'Keeps files under way for another settings.lease_time. p_leases: as claim_output_files gave them. Returns those that are still
held; the others belong to somebody else by now, or their generation was deleted: stop copying them.';
