-- Two functions of the app are ours from now on. A body can be replaced in place, another result type can't: where the app
-- has one, the old function goes and db/functions/, applied right after, brings the new one.

do $drop$
declare
  v_old record;
begin
  for v_old in
    select p.oid::regprocedure as signature
    from pg_catalog.pg_proc as p
    inner join (
      values
      ('public.get_next_replicate_token()', 'TABLE(id integer, token text)', ''),
      (
        'public.get_generation_counts(uuid)',
        'TABLE(all_count bigint, processing_count bigint, favorites_count bigint, failed_count bigint)', 'p_user_id uuid'
      )
    ) as n (signature, result, arguments) on p.oid = to_regprocedure(n.signature)
    where
      pg_catalog.pg_get_function_result(p.oid) <> n.result
      or pg_catalog.pg_get_function_arguments(p.oid) <> n.arguments
  loop
    execute format('drop function %s', v_old.signature);
  end loop;
end
$drop$;
