-- Back to its old place, but never before the marks: nobody looks there any more.
create or replace function basepool._queue_again(
  p_generation uuid,
  p_tag bigint,
  p_tries integer,
  p_run_after timestamptz default null
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
begin
  insert into basepool.queue (generation_id, user_id, priority, tag, tries, run_after, gate, queued_at)
  select g.id, g.user_id, m.priority, greatest(p_tag, m.floor), p_tries
    , case when p_run_after > v_now then p_run_after when o.gate is not null then 'infinity'::timestamptz end, o.gate, v_now
  from public.generations as g
  inner join basepool.marks as m on m.priority = coalesce(
    (select l.priority from basepool.user_limits as l where l.user_id = g.user_id), 0::smallint
  )
  cross join lateral (select basepool._gate_of(g.replicate_model) as gate offset 0) as o
  where g.id = p_generation;
  perform basepool._wake_workers();
end
$$;

revoke all on function basepool._queue_again(uuid, bigint, integer, timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._queue_again(uuid, bigint, integer, timestamptz) is
'Puts a pending generation on the queue that was off it. p_tag: its old tag; p_tries: how often it was tried; p_run_after: not
before then, null for at once.';
