-- That nobody may look into our tables is said by a policy as well: a table with row level security and no policy looks forgotten,
-- and Supabase's advisor names each. The owner, whose functions do all the work, is held up by none. A table that comes later
-- brings its own.
do $deny$
declare
  v_table regclass;
begin
  for v_table in
    select c.oid
    from pg_catalog.pg_class as c
    where
      c.relkind in ('r', 'p') and c.relrowsecurity
      and not exists (select from pg_catalog.pg_policy as p where p.polrelid = c.oid)
      and (
        c.relnamespace = 'basepool'::regnamespace
        -- where it is the app's, policies are, too
        or (c.oid = 'public.replicate_tokens'::regclass and coalesce('fillfactor=50' = any(c.reloptions), false))
      )
    order by c.oid::regclass::text
  loop
    execute format('create policy nobody on %s using (false)', v_table);
  end loop;
end
$deny$;

-- nor may anybody draw our numbers, whatever Supabase's default privileges give strangers of what is made
revoke all on all sequences in schema basepool from public, anon, authenticated, basepool_glue;
