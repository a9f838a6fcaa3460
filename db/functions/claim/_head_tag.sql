-- The virtual time of a priority: the tag of who is next.
create or replace function basepool._head_tag(p_priority smallint)
returns bigint
language plpgsql
volatile
set search_path = ''
set enable_seqscan = off
set enable_sort = off
set jit = off
as $$
begin
  return (
    select q.tag
    from basepool.queue as q
    where
      q.run_after is null and q.priority = p_priority
      and q.tag >= (select m.scan_from from basepool.marks as m where m.priority = p_priority)
    order by q.priority, q.tag, q.generation_id
    limit 1
  );
end
$$;

revoke all on function basepool._head_tag(smallint) from public, anon, authenticated, service_role;

comment on function basepool._head_tag(smallint) is
'The tag of the first that waits with this priority; null when none does.';
