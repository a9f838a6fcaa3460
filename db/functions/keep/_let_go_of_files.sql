-- Whoever deletes a generation, what it has in the store goes, too. That takes a while, so that the rows stay until it is done.
create or replace function basepool._let_go_of_files()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_keeps constant boolean := (select s.keep_files_of_deleted from basepool.settings as s);
begin
  -- somebody may be about to claim one: what it becomes is what counts
  perform from basepool.output_files as f where f.generation_id = old.id order by f.nth for update;
  -- what is under way may be in the store already; nobody knows before its lease is over, or its worker says so
  update basepool.output_files as f
  set
    state = 'deleting', tries = 0, error = null
    , again_at = case when f.state = 'storing' then greatest(f.again_at, v_now) else v_now end
  where
    f.generation_id = old.id and f.state <> 'deleting' and (f.key is not null or f.state = 'storing')
    and not (v_keeps and f.state = 'stored');
  delete from basepool.output_files as f where f.generation_id = old.id and f.state in ('waiting', 'failed');
  return null;
end
$$;

revoke all on function basepool._let_go_of_files() from public, anon, authenticated, service_role;

comment on function basepool._let_go_of_files() is
'Trigger, after a generation with files was deleted: has them deleted from the store, unless settings.keep_files_of_deleted says
otherwise, and none copied any more. Definer: the app has no rights on output_files.';
