-- the rules that hold for the whole schema, read from the catalog: whoever breaks one is named
begin;
select plan(29);

create temporary view our_functions as
select
p.oid,
p.proname as name,
p.prosecdef as is_definer,
p.proconfig as config,
p.prosqlbody is not null as is_parsed,
p.proacl as acl,
n.nspname as schema
from pg_proc as p
inner join pg_namespace as n on p.pronamespace = n.oid
where
  n.nspname in ('basepool', 'public')
  and not exists (select from pg_depend as d
where d.objid = p.oid and d.deptype = 'e');

create temporary view our_tables as
select
c.oid,
c.relname as name,
n.nspname as schema,
c.relrowsecurity as has_rls,
c.relacl as acl
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
where
  c.relkind in ('r', 'p', 'v', 'm') and n.nspname in ('basepool', 'public')
  and not exists (select from pg_depend as d
where d.objid = c.oid and d.deptype = 'e');

-- functions
select is_empty(
  $$select name from our_functions where not coalesce('search_path=""' = any(config), false) and not is_parsed$$,
  'every function pins its search_path, or its body was parsed when it was made'
);
select set_eq(
  'select name from our_functions where is_parsed and config is null',
  array[
    '_all_attempts', '_as_history', '_bucket_of', '_burst', '_creates_per_minute', '_find_webhook', '_is_file', '_is_moved_over'
    , '_is_replicate_model', '_is_tree', '_matches_pattern', '_microseconds', '_open_tokens', '_parse_items', '_predict_seconds'
    , '_seat_of', '_suspicions', '_time_per_permit', '_token_state', 'get_generation_counts', 'is_active', 'now'
  ],
  'those whose body was parsed instead are these: they must be inlined; in one the app''s policies run'
);
select set_eq(
  'select name from our_functions where is_parsed and config is not null',
  array['cancel_generation', 'explain_generation', 'get_generation_changes', 'get_output_urls'],
  'of these it was parsed as well: their callers have no usage of basepool'
);
select is_empty(
  $$select name from our_functions where coalesce(obj_description(oid, 'pg_proc'), '') = ''$$,
  'every function is commented'
);
select is_empty(
  $$select name from our_functions where acl is null
  union all
  select f.name from our_functions as f cross join lateral aclexplode(f.acl) as a where a.grantee = 0$$,
  'no function is executable by PUBLIC'
);
select is_empty(
  $$select name from our_functions where name like '\_%'
  and (has_function_privilege('basepool_glue', oid, 'execute') or has_function_privilege('authenticated', oid, 'execute')
  or has_function_privilege('service_role', oid, 'execute') or has_function_privilege('anon', oid, 'execute'))$$,
  'what begins with _ is nobody''s to call'
);
select is_empty(
  $$select name from our_functions
  where is_definer and obj_description(oid, 'pg_proc') !~ 'Definer:\s'
  and not has_function_privilege('basepool_glue', oid, 'execute')$$,
  'each definer function that is not the glue''s says why it is one'
);
select is_empty(
  $$select name from our_functions
  where has_function_privilege('basepool_glue', oid, 'execute') and not is_definer and name <> 'now'$$,
  'what the glue may call is definer: it reads no table'
);
select set_eq(
  $$select name from our_functions where name not like '\_%' and acl::text !~ '(authenticated|service_role|basepool_glue)='$$,
  array['configure', 'schedule_glue', 'unschedule_glue'],
  'what nobody but the owner may call begins with _, but for what is for him'
);
select is_empty(
  $$select name from our_functions where not is_definer and obj_description(oid, 'pg_proc') ~ 'Definer:\s'$$,
  'and no other says so'
);
select set_eq(
  'select name from our_functions where is_definer',
  array[
    '_note_change', '_send_changes', 'get_own_changes',
    '_admit_generation', '_release_generation', '_announce_settled', '_dequeue_generation', '_let_go_of_generation',
    '_mark_settled',
    'claim_searches', 'conclude_search',
    'match_predictions',
    'claim_app_checks', 'record_app_check', 'secure_tokens',
    'record_not_found',
    'renew_leases',
    'retry_generations',
    '_enqueue_generation',
    '_forget_secrets',
    '_prepare_token',
    '_sync_seats',
    'apply_predictions',
    'record_answers',
    'add_token',
    'find_token',
    'apply_prediction', 'cancel_for_user', 'cancel_own_generation', 'claim_cancellations', 'claim_checks', 'claim_generations',
    'claim_probes', 'explain_own_generation', 'get_token_stats', 'limit_token', 'record_probe', 'rotate_token',
    'disable_token', 'enable_token', 'expire_leases', 'get_generation', 'get_next_replicate_token', 'get_status',
    'get_token_secrets', 'get_webhook_secrets', 'health', 'list_tokens', 'record_account', 'record_cancellation',
    'record_check_failed', 'record_rejected', 'record_submitted', 'record_webhook_refused', 'remove_token', 'run_job',
    'submit_for_user', 'heartbeat', 'keep_out_of_log', 'list_workers', 'schema_version', 'settle_again'
    , 'pause', 'resume'
    , 'cancel_generations', 'change_setting', 'limit_user', 'list_audit', 'list_jobs', 'list_refused_webhooks', 'list_settings'
    , 'record_command'
    , 'list_models', 'set_model', 'remove_model', 'list_budgets', 'set_budget'
    , 'cut_over', 'give_back', 'list_cutover', 'preview_cutover'
    , 'claim_output_files', 'renew_output_files', 'record_output_files', 'claim_deleted_files', 'record_deleted_files'
    , 'keep_outputs', 'retry_output_files', 'list_output_files', 'find_unknown_keys', 'get_output_secret'
    , '_let_go_of_files', 'get_own_output_urls', 'diagnose'
    , 'get_metrics'
    , 'page_overview', 'page_pool', 'page_generations', 'page_generation'
    , 'page_find', 'page_input', 'page_jobs', 'page_settings', 'page_audit', 'page_money'
    , 'act_on_generations', 'act_on_job', 'act_on_pool', 'act_on_setting', 'act_on_token', 'page_decision'
    , 'page_decisions', 'page_what_if'
    , 'watch', 'claim_alert_messages', 'record_alert_message', 'send_test_alert', 'get_alert_message', 'list_alerts'
  ],
  'the definer functions are these'
);
select set_eq(
  $$select name from our_functions where has_function_privilege('basepool_glue', oid, 'execute')$$,
  array[
    'apply_predictions', 'find_token', 'record_answers',
    'claim_searches', 'conclude_search', 'match_predictions', 'record_not_found', 'renew_leases', 'retry_generations',
    'claim_app_checks', 'record_app_check', 'secure_tokens',
    'claim_probes', 'get_token_stats', 'limit_token', 'record_probe', 'rotate_token',
    'add_token', 'apply_prediction', 'cancel_for_user', 'claim_cancellations', 'claim_checks', 'claim_generations',
    'disable_token', 'enable_token', 'expire_leases', 'get_generation', 'get_status', 'get_token_secrets',
    'get_webhook_secrets', 'health', 'list_tokens', 'now', 'record_account', 'record_cancellation', 'record_check_failed',
    'record_rejected', 'record_submitted', 'record_webhook_refused', 'remove_token', 'run_job', 'submit_for_user'
    , 'heartbeat', 'keep_out_of_log', 'list_workers', 'schema_version', 'settle_again'
    , 'pause', 'resume'
    , 'cancel_generations', 'change_setting', 'limit_user', 'list_audit', 'list_jobs', 'list_refused_webhooks', 'list_settings'
    , 'record_command'
    , 'list_models', 'set_model', 'remove_model', 'list_budgets', 'set_budget'
    , 'cut_over', 'give_back', 'list_cutover', 'preview_cutover'
    , 'claim_output_files', 'renew_output_files', 'record_output_files', 'claim_deleted_files', 'record_deleted_files'
    , 'keep_outputs', 'retry_output_files', 'list_output_files', 'find_unknown_keys', 'get_output_secret', 'diagnose'
    , 'get_metrics'
    , 'page_overview', 'page_pool', 'page_generations', 'page_generation'
    , 'page_find', 'page_input', 'page_jobs', 'page_settings', 'page_audit', 'page_money'
    , 'act_on_generations', 'act_on_job', 'act_on_pool', 'act_on_setting', 'act_on_token', 'page_decision'
    , 'page_decisions', 'page_what_if'
    , 'watch', 'claim_alert_messages', 'record_alert_message', 'send_test_alert', 'get_alert_message', 'list_alerts'
  ],
  'the glue may call these'
);
select is_empty(
  $$select name from our_functions
  where has_function_privilege('basepool_operator', oid, 'execute') and not has_function_privilege('basepool_glue', oid, 'execute')$$,
  'what the operator''s role may call, the glue may: it serves the page'
);
select set_eq(
  $$select name from our_functions where has_function_privilege('authenticated', oid, 'execute')$$,
  array[
    'cancel_generation', 'cancel_own_generation', 'explain_generation', 'explain_own_generation', 'get_generation_changes'
    , 'get_generation_counts', 'get_output_urls', 'get_own_changes', 'get_own_output_urls', 'is_active'
    , 'owns', 'submit_generation', 'submit_generations'
  ],
  'users may call these'
);
select set_eq(
  $$select name from our_functions where has_function_privilege('service_role', oid, 'execute')$$,
  array[
    'cancel_generation', 'cancel_own_generation', 'explain_generation', 'explain_own_generation', 'get_generation_counts'
    , 'get_next_replicate_token',
    'get_output_urls',
    'get_own_output_urls',
    'is_active',
    'owns',
    'submit_generation',
    'submit_generations'
  ],
  'the app''s server may call these'
);
select is_empty(
  $$select name from our_functions where has_function_privilege('anon', oid, 'execute')$$, 'a stranger may call nothing'
);
select is_empty(
  $$select name from our_functions
  where schema = 'public' and is_definer and has_function_privilege('authenticated', oid, 'execute')$$,
  'what the API shows to users has no more rights than they'
);
select set_eq(
  $$select name from our_functions where schema = 'public'$$,
  array[
    'cancel_generation', 'explain_generation', 'get_generation_changes', 'get_generation_counts', 'get_next_replicate_token'
    , 'get_output_urls', 'submit_generation', 'submit_generations'
  ],
  'only what the app calls is in public'
);

-- tables
select is_empty($$select name from our_tables where not has_rls and name <> 'metrics'$$, 'every table has row level security');
select is_empty(
  $$select name from our_tables where schema = 'basepool' and coalesce(obj_description(oid, 'pg_class'), '') = ''$$,
  'every table of ours is commented'
);
select is_empty(
  $$select t.name, r.rolname from our_tables as t cross join lateral aclexplode(t.acl) as a
  inner join pg_roles as r on r.oid = a.grantee where r.rolname in ('anon', 'basepool_glue', 'basepool_operator')
  union all
  select t.name, 'public' from our_tables as t cross join lateral aclexplode(t.acl) as a where a.grantee = 0$$,
  'strangers and the glue have no right on any table'
);
select is_empty(
  $$select c.oid::regclass, a.privilege_type from pg_class as c cross join lateral aclexplode(c.relacl) as a
  where
    c.relkind = 'S' and c.relnamespace in ('public'::regnamespace, 'basepool'::regnamespace)
    and (a.grantee = 0 or a.grantee::regrole::text in ('anon', 'authenticated', 'basepool_glue', 'basepool_operator'))$$,
  'nor has a user or a stranger any on a sequence'
);
select is_empty(
  $$select t.name from our_tables as t cross join lateral aclexplode(t.acl) as a
  inner join pg_roles as r on r.oid = a.grantee
  where t.schema = 'basepool' and r.rolname in ('authenticated', 'service_role')$$,
  'nobody else has any on the tables in basepool'
);
select is_empty(
  $$select c.conrelid::regclass, c.conname
  from pg_constraint as c
  inner join our_tables as t on t.oid = c.conrelid
  where c.contype = 'f' and not exists (
    select from pg_index as i
    where i.indrelid = c.conrelid and (i.indkey::smallint [])[0:cardinality(c.conkey) - 1] @> c.conkey
  )$$,
  'every foreign key has an index'
);
select is_empty(
  $$select a.indrelid::regclass, a.indexrelid::regclass, b.indexrelid::regclass
  from pg_index as a
  inner join pg_index as b on b.indrelid = a.indrelid and b.indexrelid > a.indexrelid
  inner join our_tables as t on t.oid = a.indrelid
  where a.indkey = b.indkey and a.indclass = b.indclass and a.indoption = b.indoption
  and a.indpred is not distinct from b.indpred and a.indexprs is not distinct from b.indexprs$$,
  'no index is there twice'
);
select is_empty(
  $$select p.tablename, p.policyname from pg_policies as p
  where concat(p.qual, p.with_check) ~ 'auth\.uid\(\)' and concat(p.qual, p.with_check) !~* 'select auth\.uid\(\)'$$,
  'policies ask for the user once, not per row'
);
select is_empty(
  $$select c.relname from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
  where n.nspname = 'basepool' and c.relkind in ('v', 'm') and not (
    c.relname = 'metrics' and 'security_invoker=true' = any(c.reloptions)
    and pg_get_viewdef(c.oid) ~ 'FROM basepool.get_metrics\(\)' and pg_get_viewdef(c.oid) !~* 'join|,\s+basepool'
  )$$,
  'there are no views that could leak past row level security: the one there is shows what a function says'
);
select set_eq(
  $$select t.name::text, p.privilege_type from our_tables as t cross join lateral aclexplode(t.acl) as p
  where p.grantee = 'basepool_metrics'::regrole$$,
  $$values ('metrics', 'SELECT')$$, 'who watches reads that view and nothing else'
);
select set_eq(
  $$select name from our_functions where has_function_privilege('basepool_metrics', oid, 'execute')$$, array['get_metrics'],
  'and calls what it needs'
);

select * from finish();
rollback;
