-- The one list of the statuses in which a generation is not over. It is
-- inlined, so that a partial index on the same list is found.
create or replace function basepool.is_active(p_status text)
returns boolean
language sql
immutable
parallel safe
begin atomic
  select p_status in ('pending', 'queued', 'processing');
end;

revoke all on function basepool.is_active(text) from public, anon, authenticated, service_role;
grant execute on function basepool.is_active(text) to authenticated, service_role;

comment on function basepool.is_active(text) is
'Whether a generation of this status waits or runs. Its body is parsed when it is made and so needs no search_path, whose
pinning would keep it from being inlined. Executable by those who call public.get_generation_counts, which asks it; the
schema stays closed.';
