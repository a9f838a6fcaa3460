-- What was kept and what was not, for people, and for whoever compares it with the store.
create or replace function basepool.list_output_files(
  p_state text default null,
  p_generation uuid default null,
  p_after_generation uuid default null,
  p_after_nth integer default null,
  p_max integer default 1000
)
returns setof basepool.output_files
language sql
stable
security definer
set search_path = ''
as $$
  select f.*
  from basepool.output_files as f
  where
    (p_state is null or f.state = p_state)
    -- bounds of the index, whatever is asked for
    and f.generation_id >= coalesce(p_generation, '00000000-0000-0000-0000-000000000000')
    and f.generation_id <= coalesce(p_generation, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    and (f.generation_id, f.nth)
    > (coalesce(p_after_generation, '00000000-0000-0000-0000-000000000000'), coalesce(p_after_nth, 0))
  order by f.generation_id, f.nth
  limit least(greatest(p_max, 0), 10000)
$$;

revoke all on function basepool.list_output_files(text, uuid, uuid, integer, integer)
from public, anon, authenticated, service_role;
grant execute on function basepool.list_output_files(text, uuid, uuid, integer, integer) to basepool_glue;

comment on function basepool.list_output_files(text, uuid, uuid, integer, integer) is
'Output files as basepool.output_files has them, by generation and nth, p_max at a time (at most 10000): those in p_state, of
p_generation, or all; the next page begins after p_after_generation and p_after_nth, the last ones seen.';
