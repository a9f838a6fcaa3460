-- The app keeps failed and cancelled generations for 90 days. Their attempts stay: they are what was paid.
create or replace function basepool._delete_old_generations(p_max integer default 2000)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_before timestamptz;
  v_count integer;
begin
  select basepool.now() - s.delete_failed_after into v_before from basepool.settings as s;
  delete from public.generations as g
  -- an array is read once; what is joined may be read again for each row, and finds others then
  where g.id = any(array(
    select d.id from public.generations as d
    where d.status in ('failed', 'cancelled') and d.created_at < v_before
    order by d.created_at
    limit p_max
    for update skip locked
  ));
  get diagnostics v_count = row_count;
  return jsonb_build_object('deleted_generations', v_count);
end
$$;

revoke all on function basepool._delete_old_generations(integer) from public, anon, authenticated, service_role;

comment on function basepool._delete_old_generations(integer) is
'Deletes up to p_max failed and cancelled generations older than settings.delete_failed_after. Returns
{deleted_generations}: how many. The job delete-old. For the owner and basepool.run_job.';
