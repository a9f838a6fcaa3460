-- Without rights of its own: the API shows no function that has more than its caller. Its body is parsed when it is made, because
-- its callers have no usage of the schema basepool.
create or replace function public.get_generation_changes(p_since timestamptz default null, p_max integer default 100)
returns table (id uuid, status text, changed_at timestamptz, next_since timestamptz)
language sql
stable
set search_path = ''
begin atomic
  select
    o.id,
    o.status,
    o.changed_at,
    o.next_since
  from basepool.get_own_changes(p_since, p_max) as o;
end;

revoke all on function public.get_generation_changes(timestamptz, integer) from public, anon, authenticated, service_role;
grant execute on function public.get_generation_changes(timestamptz, integer) to authenticated;

comment on function public.get_generation_changes(timestamptz, integer) is
'Which of the caller''s own generations came in, or changed their status or their links, after p_since (null: a day ago), in the
order in which they did: id, status as it is now, changed_at, and next_since, the same in every row, to be passed as p_since next
time. Of a page that is full it is the last changed_at, and there is more to read at once; else, and at the latest, it is 15
seconds ago, so that some are told twice and none is missed that is committed late. No row: nothing has changed, pass the same
p_since again. p_max: how many, 1 to 1000; those that changed at the same moment as the last one come with it. What was deleted is
not told, and only rows of auth.uid() are, also where policies show more. For authenticated.';
