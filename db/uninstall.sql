-- Takes basepool out of a database again, as the owner: `basepool uninstall` runs these steps, each in a transaction of its own,
-- and prints them with --dump-sql. Each does nothing where it is done already, so what was interrupted is finished by running it
-- again. basepool.keep_columns is on to keep our columns in the app's tables.

-- Step: look whether it may go
do $step$
declare
  v_count bigint;
  v_found text;
  v_adopted boolean;
begin
  if to_regclass('basepool.schema_migrations') is null then
    raise notice 'basepool: it is not in this database';
    return;
  end if;
  if to_regclass('basepool.replaced') is null then
    raise exception using
      errcode = 'TP048',
      message = 'this database was migrated only in part, or by a version that noted nothing for the way back',
      hint = 'Let basepool migrate finish first.';
  end if;

  select string_agg(f.name, ', ' order by f.name) into v_found
  from (
    select distinct coalesce(
      (select format(
        '%s %s', case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, c.oid::regclass
      )
      from pg_catalog.pg_rewrite as w
      inner join pg_catalog.pg_class as c on c.oid = w.ev_class
      where d.classid = 'pg_catalog.pg_rewrite'::regclass and w.oid = d.objid)
      , pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)
    ) as name
    from pg_catalog.pg_depend as d
    -- what it leans on: our tables with their types, our functions, and our columns in the app's tables
    inner join lateral (
      select where_from.oid as namespace
      from pg_catalog.pg_namespace as where_from
      where where_from.nspname = 'basepool'
    ) as ours on true
    where
      d.deptype in ('n', 'a')
      and (
        d.refclassid = 'pg_catalog.pg_class'::regclass
        and exists (select from pg_catalog.pg_class as c where c.oid = d.refobjid and c.relnamespace = ours.namespace)
        or d.refclassid = 'pg_catalog.pg_proc'::regclass
        and exists (select from pg_catalog.pg_proc as p where p.oid = d.refobjid and p.pronamespace = ours.namespace)
        or d.refclassid = 'pg_catalog.pg_type'::regclass
        and exists (select from pg_catalog.pg_type as y where y.oid = d.refobjid and y.typnamespace = ours.namespace)
        or d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjsubid > 0
        and coalesce(current_setting('basepool.keep_columns', true), '') <> 'on'
        and d.classid in ('pg_catalog.pg_rewrite'::regclass, 'pg_catalog.pg_policy'::regclass)
        and exists (
          select from pg_catalog.pg_attribute as a
          inner join pg_catalog.pg_class as c on c.oid = a.attrelid
          where
            a.attrelid = d.refobjid and a.attnum = d.refobjsubid
            and (
              a.attrelid = to_regclass('public.generations')
              and a.attname in ('queued_at', 'settled_at', 'retry_of', 'idempotency_key')
              or a.attrelid = to_regclass('public.replicate_tokens') and a.attname in (
                'name', 'fingerprint', 'account_id', 'max_in_flight', 'weight', 'has_surplus_seats', 'suspended_at'
                , 'suspended_until', 'suspended_reason', 'failure_streak', 'probed_at'
              )
            )
            and not exists (
              select from basepool.replaced as r
              where r.kind = 'column' and r.name = c.relname || '.' || a.attname
            )
        )
      )
      and not exists (
        select from pg_catalog.pg_class as c
        where d.classid = 'pg_catalog.pg_class'::regclass and c.oid = d.objid and c.relnamespace = ours.namespace
      )
      and not exists (
        select from pg_catalog.pg_proc as p
        where
          d.classid = 'pg_catalog.pg_proc'::regclass and p.oid = d.objid
          and (
            p.pronamespace = ours.namespace
            or p.pronamespace = 'public'::regnamespace and p.proname in (
              'cancel_generation', 'explain_generation', 'get_generation_counts', 'get_generation_changes', 'submit_generation'
              , 'submit_generations', 'get_next_replicate_token', 'get_output_urls'
            )
          )
      )
      and not exists (
        select from pg_catalog.pg_type as y
        where d.classid = 'pg_catalog.pg_type'::regclass and y.oid = d.objid and y.typnamespace = ours.namespace
      )
      and not exists (
        select from pg_catalog.pg_attrdef as f inner join pg_catalog.pg_class as c on c.oid = f.adrelid
        where d.classid = 'pg_catalog.pg_attrdef'::regclass and f.oid = d.objid and c.relnamespace = ours.namespace
      )
      and not exists (
        select from pg_catalog.pg_constraint as k
        where
          d.classid = 'pg_catalog.pg_constraint'::regclass and k.oid = d.objid
          and (
            k.connamespace = ours.namespace
            or k.confrelid = to_regclass('basepool.accounts') and k.conrelid = to_regclass('public.replicate_tokens')
          )
      )
      and not exists (
        select from pg_catalog.pg_trigger as t inner join pg_catalog.pg_class as c on c.oid = t.tgrelid
        where
          d.classid = 'pg_catalog.pg_trigger'::regclass and t.oid = d.objid
          and (
            t.tgisinternal or c.relnamespace = ours.namespace
            or c.oid in (to_regclass('public.generations'), to_regclass('public.replicate_tokens'))
          )
      )
      and not exists (
        select from pg_catalog.pg_policy as p inner join pg_catalog.pg_class as c on c.oid = p.polrelid
        where
          d.classid = 'pg_catalog.pg_policy'::regclass and p.oid = d.objid
          and c.relnamespace = ours.namespace
      )
      and not exists (
        select from pg_catalog.pg_rewrite as w inner join pg_catalog.pg_class as c on c.oid = w.ev_class
        where d.classid = 'pg_catalog.pg_rewrite'::regclass and w.oid = d.objid and c.relnamespace = ours.namespace
      )
  ) as f;
  if v_found is not null then
    raise exception using
      errcode = 'TP048',
      message = format('something of the app leans on what would go: %s', v_found),
      hint = 'Drop it or change it, then repeat this. What leans on columns only may stay with --keep-columns.';
  end if;

  select string_agg(format('%s %s', w.count, w.what), ', ' order by w.place) filter (where w.count > 0) into v_found
  from (
    select 1 as place, 'in flight' as what, (select count(*) from basepool.seats as s where s.attempt_id is not null) as count
    union all
    select 2, 'waiting', (select count(*) from basepool.queue)
    union all
    select 3, 'to be cancelled at Replicate', (select count(*) from basepool.cancellations)
    union all
    select 4, 'ended, but not yet told to the app''s hook', (select count(*) from basepool.unsettled)
    union all
    select 5, 'files to be stored or deleted'
      , (select count(*) from basepool.output_files as f where f.state in ('waiting', 'storing', 'deleting'))
  ) as w;
  if v_found is not null then
    raise exception using
      errcode = 'TP047',
      message = format('something of basepool''s still runs or waits: %s', v_found),
      hint = 'basepool cutover --models ''*'' --percent 0 gives what waits back to the app (basepool cancel --all ends it);'
      ' let the workers, or the jobs, finish the rest, then repeat this.';
  end if;

  select s.adopted into v_adopted from basepool.settings as s;
  select count(*) into v_count from pg_catalog.pg_proc as p
  where p.pronamespace not in ('basepool'::regnamespace, 'pg_catalog'::regnamespace) and p.prosrc ~* '\mbasepool\.'
    and not (
      p.pronamespace = 'public'::regnamespace and p.proname in (
        'cancel_generation', 'explain_generation', 'get_generation_counts', 'get_generation_changes', 'submit_generation'
        , 'submit_generations', 'get_next_replicate_token', 'get_output_urls'
      )
    );
  if v_count > 0 then
    raise notice 'basepool: % functions of the app call functions of basepool, and fail without it', v_count;
  end if;
  raise notice 'basepool: nothing runs, and nothing leans on it%'
    , case
      when v_adopted then ''
      else '; the tables it made, generations and replicate_tokens, stay with their rows, rights and policies'
    end;
end
$step$;

-- Step: unschedule the jobs
do $step$
declare
  v_count integer;
begin
  if to_regclass('basepool.schema_migrations') is null then
    return;
  end if;
  v_count := basepool.unschedule_glue();
  v_count := v_count + (select count(*) filter (where basepool._unschedule_job(j.name, j.cron_job_id)) from basepool.jobs as j);
  if exists (
    select from pg_catalog.pg_policies as p where p.schemaname = 'realtime' and p.policyname = 'basepool_users_listen'
  ) then
    execute 'drop policy basepool_users_listen on realtime.messages';
  end if;
  raise notice 'basepool: % jobs were unscheduled', v_count;
end
$step$;

-- Step: move the secrets back
do $step$
declare
  v_count integer := 0;
begin
  if to_regclass('basepool.schema_migrations') is null then
    return;
  elsif not basepool._has_vault() then
    return;
  end if;
  if exists (select from public.replicate_tokens as t where t.token like 'vault:%') then
    raise notice 'basepool: %', basepool.secure_tokens(true);
  end if;
  select count(*) into v_count from public.replicate_tokens as t where t.token like 'vault:%';
  if v_count > 0 then
    raise exception using
      errcode = 'TP048',
      message = format('%s tokens can''t be read from Vault, and would be lost', v_count),
      hint = 'basepool tokens list names them: basepool tokens rotate or basepool tokens remove each, then repeat this.';
  end if;
  execute format(
    $query$
      delete from %I.secrets as s
      where
        s.name ~ '^basepool-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        and s.description in (
          'Replicate token of basepool', 'Replicate webhook secret of basepool', 'Cron secret of basepool'
          , 'Secret of signed links of basepool'
        )
        and not exists (select from basepool.glue_schedule as g where g.secret = 'vault:' || s.id)
    $query$, 'vault'
  );
  get diagnostics v_count = row_count;
  raise notice 'basepool: % secrets of ours were removed from Vault', v_count;
end
$step$;

-- Step: give users their rights back
do $step$
begin
  if to_regclass('basepool.schema_migrations') is null then
    return;
  elsif not (select s.adopted from basepool.settings as s) then
    return;
  elsif basepool._enforces_user_rights() then
    perform basepool.configure('{"enforce_user_rights": false}');
    raise notice 'basepool: users may write again what they might before';
  end if;
end
$step$;

-- Step: give the tables and functions back, and drop the schema
do $step$
declare
  v_until constant timestamptz := clock_timestamp() + interval '30 seconds';
  v_keeps_columns constant boolean := coalesce(current_setting('basepool.keep_columns', true), '') = 'on';
  -- what migrations add to the app's tables: ours, unless it was there before
  v_indexes constant text[] := array[
    'generations_user_created_idx', 'generations_user_active_idx', 'generations_active_idx', 'generations_deletable_idx'
    , 'generations_idempotency_key', 'generations_retry_key', 'replicate_tokens_fingerprint_key', 'replicate_tokens_account_idx'
  ];
  v_columns constant text[] := array[
    'generations.workspace_id', 'generations.output_thumbs', 'generations.output_text', 'generations.replicate_token_index'
    , 'generations.processing_time_ms', 'generations.cost_credits', 'generations.cost_usd', 'generations.viewed'
    , 'generations.viewed_at', 'generations.is_favorite', 'generations.is_keyframe_segment', 'generations.started_at'
    , 'generations.completed_at', 'generations.replicate_input', 'generations.replicate_output', 'generations.queued_at'
    , 'generations.settled_at', 'generations.retry_of', 'generations.idempotency_key', 'replicate_tokens.name'
    , 'replicate_tokens.fingerprint', 'replicate_tokens.account_id', 'replicate_tokens.max_in_flight', 'replicate_tokens.weight'
    , 'replicate_tokens.has_surplus_seats', 'replicate_tokens.suspended_at', 'replicate_tokens.suspended_until'
    , 'replicate_tokens.suspended_reason', 'replicate_tokens.failure_streak', 'replicate_tokens.probed_at'
  ];
  v_functions constant text[] := array[
    'cancel_generation', 'explain_generation', 'get_generation_counts', 'get_generation_changes', 'submit_generation'
    , 'submit_generations', 'get_next_replicate_token', 'get_output_urls'
  ];
  v_tables text;
  v_found text;
  v_statement text;
  v_said text := '';
  v_replaced jsonb;
  v_row record;
begin
  if to_regclass('basepool.schema_migrations') is null then
    return;
  end if;
  select string_agg(c.oid::regclass::text, ', ' order by c.relname) into v_tables
  from pg_catalog.pg_class as c
  where c.relnamespace = 'basepool'::regnamespace and c.relkind in ('r', 'p');
  loop
    begin
      -- behind this nobody waits who reads or writes, and an autovacuum, which waits for nobody's tenths, makes way for it
      perform set_config('lock_timeout', '10s', true);
      lock table only public.generations, public.replicate_tokens in share update exclusive mode;
      perform set_config('lock_timeout', '100ms', true);
      lock table only public.generations in access exclusive mode;
      execute 'lock table only public.replicate_tokens, ' || v_tables || ' in access exclusive mode nowait';
      exit;
    exception when lock_not_available or deadlock_detected then
      if clock_timestamp() > v_until then
        raise exception using
          errcode = 'TP040',
          message = 'public.generations is in use',
          hint = 'Nothing was changed in it. End the transaction that holds it (pg_locks), and repeat this.';
      end if;
      perform pg_sleep(0.05 + 0.1 * random());
    end;
  end loop;
  if
    exists (select from basepool.seats as s where s.attempt_id is not null) or exists (select from basepool.queue)
    or exists (select from basepool.cancellations) or exists (select from basepool.unsettled)
    or exists (select from basepool.output_files as f where f.state in ('waiting', 'storing', 'deleting'))
    or exists (select from public.replicate_tokens as t where t.token like 'vault:%') and basepool._has_vault()
  then
    raise exception using
      errcode = 'TP047',
      message = 'something of basepool''s began meanwhile',
      hint = 'basepool cutover --models ''*'' --percent 0 leaves new rows to the app. Then repeat this.';
  end if;

  for v_row in
    select t.tgname as name, t.tgrelid::regclass as on_table
    from pg_catalog.pg_trigger as t
    inner join pg_catalog.pg_proc as p on p.oid = t.tgfoid
    where
      not t.tgisinternal and p.pronamespace = 'basepool'::regnamespace
      and t.tgrelid in ('public.generations'::regclass, 'public.replicate_tokens'::regclass)
  loop
    execute format('drop trigger %I on %s', v_row.name, v_row.on_table);
  end loop;

  for v_row in
    select k.conname as name, k.conrelid::regclass as on_table
    from pg_catalog.pg_constraint as k
    where k.contype = 'f' and k.confrelid = 'basepool.accounts'::regclass and k.conrelid = 'public.replicate_tokens'::regclass
  loop
    execute format('alter table %s drop constraint %I', v_row.on_table, v_row.name);
  end loop;

  foreach v_statement in array coalesce((
    select array_agg(format('drop function %s', p.oid::regprocedure))
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'public'::regnamespace and p.proname = any(v_functions)
      -- the app may have others of such a name
      and coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc) ~ '\mbasepool\.'
  ), '{}') loop
    execute v_statement;
  end loop;

  for v_row in
    select
      p.proname as kept, substr(p.proname, 10) as name, pg_catalog.pg_get_function_identity_arguments(p.oid) as arguments
      , p.proacl, p.proowner::regrole as owner
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'basepool'::regnamespace and p.proname like 'replaced\_%'
  loop
    execute format('alter function basepool.%I(%s) rename to %I', v_row.kept, v_row.arguments, v_row.name);
    execute format('alter function basepool.%I(%s) set schema public', v_row.name, v_row.arguments);
    -- all, so that they come back in their order
    for v_found in
      select distinct case when a.grantee = 0 then 'public' else a.grantee::regrole::text end
      from aclexplode(coalesce(v_row.proacl, acldefault('f', v_row.owner::oid))) as a
    loop
      execute format('revoke all on function public.%I(%s) from %s cascade', v_row.name, v_row.arguments, v_found);
    end loop;
    v_said := v_said || ', ' || v_row.name;
  end loop;

  -- some of our functions lean on our columns, so the schema goes first, and what it says of them is kept
  select coalesce(jsonb_agg(to_jsonb(r.*) order by r.position), '[]') into v_replaced from basepool.replaced as r;
  drop schema basepool cascade;

  for v_row in
    select c.relname as name
    from pg_catalog.pg_index as i
    inner join pg_catalog.pg_class as c on c.oid = i.indexrelid
    where
      i.indrelid in ('public.generations'::regclass, 'public.replicate_tokens'::regclass) and c.relname = any(v_indexes)
      and not exists (
        select from jsonb_to_recordset(v_replaced) as r (kind text, name text)
        where r.kind = 'index' and r.name = c.relname
      )
  loop
    execute format('drop index public.%I', v_row.name);
  end loop;

  -- an account and a fingerprint are made anew by the next migrate, and mean nothing until then
  for v_row in
    select c.relname as in_table, string_agg(format('drop column %I', a.attname), ', ' order by a.attnum) as changes
    from pg_catalog.pg_attribute as a
    inner join pg_catalog.pg_class as c on c.oid = a.attrelid
    where
      a.attrelid in ('public.generations'::regclass, 'public.replicate_tokens'::regclass)
      and a.attnum > 0 and not a.attisdropped
      and c.relname || '.' || a.attname = any(v_columns)
      and not exists (
        select from jsonb_to_recordset(v_replaced) as r (kind text, name text)
        where r.kind = 'column' and r.name = c.relname || '.' || a.attname
      )
      and (not v_keeps_columns or a.attname in ('account_id', 'fingerprint'))
    group by c.relname
  loop
    execute format('alter table public.%I %s', v_row.in_table, v_row.changes);
  end loop;

  for v_row in
    select r.kind, r.name, r.restore
    from jsonb_to_recordset(v_replaced) as r (position integer, kind text, name text, restore text)
    where r.restore is not null
    order by r.position
  loop
    begin
      execute v_row.restore;
    exception when dependent_objects_still_exist or undefined_object then
      raise notice 'basepool: % % stays, something uses it', v_row.kind, v_row.name;
    end;
  end loop;

  raise notice 'basepool: %', case when v_keeps_columns then 'the tables keep our columns' else 'the tables are as they were' end
    || case when v_said <> '' then '; the app has its functions back: ' || substr(v_said, 3) else '' end
    || '; the schema basepool is gone';
exception when dependent_objects_still_exist then
  raise exception using
    errcode = 'TP048',
    message = format('something of the app leans on what would go: %s', sqlerrm),
    hint = 'Drop it or change it, then repeat this.';
end
$step$;

-- Step: drop the roles
do $step$
declare
  v_role text;
  v_member text;
begin
  if to_regnamespace('basepool') is not null then
    return;
  end if;
  foreach v_role in array array['basepool_glue', 'basepool_operator', 'basepool_metrics'] loop
    begin
      continue when to_regrole(v_role) is null;
      select string_agg(m.member::regrole::text, ', ') into v_member
      from pg_catalog.pg_auth_members as m
      where m.roleid = v_role::regrole and m.member <> current_user::regrole;
      if v_member is not null then
        raise notice 'basepool: the role % stays: % belong to it', v_role, v_member;
        continue;
      end if;
      execute format('drop role %I', v_role);
      raise notice 'basepool: the role % was dropped; anon, authenticated and service_role stay', v_role;
    exception
      when dependent_objects_still_exist then
        raise notice 'basepool: the role % stays: another database of the cluster, or something here, uses it', v_role;
      when insufficient_privilege then
        raise notice 'basepool: the role % stays: % may not drop it', v_role, current_user;
    end;
  end loop;
end
$step$;
