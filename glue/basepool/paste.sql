-- What the steps below ask before they do anything. It is gone with the session; nothing of it stays in the database.
create or replace function pg_temp.basepool_known()
returns table (number integer, name text, sha256 text)
language sql
as $$
values
/* known */
$$;

-- what a step has to say: as a notice, and for the last line of a part, where notices are not shown
create or replace procedure pg_temp.basepool_say(p_text text)
language plpgsql
as $$
begin
  raise notice 'basepool: %', p_text;
  perform pg_catalog.set_config(
    'basepool.said', pg_catalog.concat_ws(E'\n', nullif(pg_catalog.current_setting('basepool.said', true), ''), p_text), false
  );
end
$$;

-- one migrate at a time, and never longer than a moment before a table of the app
create or replace procedure pg_temp.basepool_lock()
language plpgsql
as $$
begin
  perform pg_catalog.set_config('lock_timeout', '60s', true);
  perform pg_catalog.pg_advisory_xact_lock(/* lock */);
  perform pg_catalog.set_config('lock_timeout', '100ms', true);
exception
  when lock_not_available then
    raise exception using
      errcode = 'TP022', message = 'another migrate has been running for 60 seconds', hint = 'Try again when it has ended.';
end
$$;

-- to_regclass would fail where the schema is somebody else's
create or replace function pg_temp.basepool_has_ledger()
returns boolean
language sql
as $$
select exists (
  select from pg_catalog.pg_class as c
  inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where n.nspname = 'basepool' and c.relname = 'schema_migrations'
)
$$;

-- Refuses what this script does not know, as migrate does.
create or replace procedure pg_temp.basepool_check_ledger()
language plpgsql
as $$
declare
  v_other record;
begin
  if not pg_temp.basepool_has_ledger() then
    return;
  end if;
  select m.name, k.number is null as is_newer into v_other
  from basepool.schema_migrations as m
  left join pg_temp.basepool_known() as k on k.number = m.number
  where k.sha256 is distinct from m.sha256
  order by m.number
  limit 1;
  if v_other.is_newer then
    raise exception using
      errcode = 'TP011', message = format('the database has migration %s, which this script lacks: it is newer', v_other.name),
      hint = 'Make the script anew, with the basepool that has it.';
  elsif found then
    raise exception using
      errcode = 'TP010', message = format('%s was edited after it had been applied', v_other.name),
      hint = 'Restore the file, put the change into a new migration, and make the script anew.';
  end if;
end
$$;

-- Every step before it has been taken.
create or replace procedure pg_temp.basepool_follow(p_name text, p_number integer)
language plpgsql
as $$
declare
  v_missing text;
begin
  select k.name into v_missing
  from pg_temp.basepool_known() as k
  where k.number <= p_number and not exists (select from basepool.schema_migrations as m where m.number = k.number)
  order by k.number
  limit 1;
  if found then
    raise exception using
      errcode = 'TP044', message = format('%s comes after %s, which has not been applied', p_name, v_missing),
      hint = 'Run the parts in their order; what was applied already is left alone.';
  end if;
end
$$;

-- The locks of a step, before it does anything. Nobody who reads or writes waits behind the weak ones, to which an autovacuum gives
-- way; of the strong ones only the first is waited for.
create or replace procedure pg_temp.basepool_take(p_tables text [])
language plpgsql
as $$
declare
  v_moment constant text := pg_catalog.current_setting('lock_timeout');
  v_nowait text := '';
  v_table text;
begin
  perform pg_catalog.set_config('lock_timeout', '10s', true);
  foreach v_table in array p_tables loop
    if pg_catalog.to_regclass(v_table) is not null then
      execute format('lock table only %s in share update exclusive mode', v_table);
    end if;
  end loop;
  perform pg_catalog.set_config('lock_timeout', v_moment, true);
  foreach v_table in array p_tables loop
    if pg_catalog.to_regclass(v_table) is not null then
      execute format('lock table only %s in access exclusive mode %s', v_table, v_nowait);
      v_nowait := 'nowait';
    end if;
  end loop;
end
$$;

-- What somebody holds is waited for in short tries that are given up again, so that nobody queues behind them for long.
create or replace procedure pg_temp.basepool_run(p_name text, p_sql text, p_locks text [] default '{}')
language plpgsql
as $$
declare
  v_until constant timestamptz := pg_catalog.clock_timestamp() + interval '/* patience */';
  v_messages constant text := pg_catalog.current_setting('client_min_messages');
begin
  perform pg_catalog.set_config('client_min_messages', 'warning', true);
  perform pg_catalog.set_config('check_function_bodies', 'off', true);
  loop
    begin
      call pg_temp.basepool_take(p_locks);
      execute p_sql;
      exit;
    exception when lock_not_available or deadlock_detected then
      if pg_catalog.clock_timestamp() > v_until then
        raise exception using
          errcode = 'TP022', message = format('%s: %s', p_name, sqlerrm),
          hint = format(
            'Nothing of this step was applied. End what holds the table (sessions: %s), or come back, and run this again.',
            coalesce(
              (
                select string_agg(distinct l.pid::text, ', ')
                from pg_catalog.pg_locks as l
                where
                  l.granted and l.pid <> pg_catalog.pg_backend_pid()
                  and l.relation in (to_regclass('public.generations'), to_regclass('public.replicate_tokens'))
              ), 'see pg_locks'
            )
          );
      end if;
      perform pg_catalog.pg_sleep(0.1 + 0.4 * pg_catalog.random());
    end;
  end loop;
  perform pg_catalog.set_config('client_min_messages', v_messages, true);
end
$$;

-- What preflight.py looks for before it changes anything, as far as it stops the work: the same words, the same remedies. p_work is
-- what the script is going to make.
create or replace function pg_temp.basepool_problems(p_work jsonb)
returns table (says text, remedy text)
language plpgsql
as $$
declare
  v_me constant text := format('%I', current_user);
  v_database constant text := format('%I', current_database());
begin
  return query
  with
  the_app as (
    select c.oid, c.relname::text as name, c.relkind, c.relowner, c.relforcerowsecurity
    from pg_catalog.pg_class as c
    where c.relnamespace = 'public'::regnamespace and c.relname in ('generations', 'replicate_tokens')
  ),
  columns as (
    select
      w.*, format_type(t.oid, null) as expected, t.typcategory as category, a.attname is not null as is_there
      , format_type(a.atttypid, null) as found, y.typcategory as its_category
    from jsonb_to_recordset(p_work -> 'columns') as w ("table" text, name text, type text, is_app boolean, is_added boolean)
    inner join pg_catalog.pg_type as t on t.oid = to_regtype(w.type)
    inner join the_app as c on c.name = w."table"
    left join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attname = w.name and a.attnum > 0 and not a.attisdropped
    left join pg_catalog.pg_type as y on y.oid = a.atttypid
  ),
  functions as (
    select
      p.oid, format('%I.%I(%s)', 'public', p.proname, pg_catalog.oidvectortypes(p.proargtypes)) as signature, w.name
      , w.is_replaced, pg_has_role(p.proowner, 'USAGE') as is_mine, p.proowner
    from jsonb_to_recordset(p_work -> 'functions') as w (name text, types text, is_replaced boolean)
    inner join pg_catalog.pg_proc as p on p.oid = to_regprocedure(format('public.%s(%s)', w.name, w.types))
  ),
  schemas as (
    select
      n.oid, n.nspowner, n.nspname, has_schema_privilege(n.oid, 'CREATE') as may_create
      , exists (select from pg_catalog.pg_class as c where c.relnamespace = n.oid)
      or exists (select from pg_catalog.pg_proc as p where p.pronamespace = n.oid) as has_something
    from pg_catalog.pg_namespace as n
    where n.nspname in ('public', 'basepool', 'auth')
  )
  select v.says, v.remedy
  from (
    select 1 as place
      , format(
        'this is PostgreSQL %s, and basepool needs 15 or newer', current_setting('server_version_num')::integer / 10000
      ) as says
      , '' as remedy
    where current_setting('server_version_num')::integer < 150000
    union all
    select 2, format('%s may create no schema in this database', v_me), format('grant create on database %s to %s;', v_database, v_me)
    where not has_database_privilege(current_database(), 'CREATE')
    union all
    select 3, format('%s may create nothing in the schema public', v_me), format('grant usage, create on schema public to %s;', v_me)
    from schemas as s
    where s.nspname = 'public' and not s.may_create
    union all
    select 4, format('the role %s is missing, and %s can''t create it', r.name, v_me)
      , format('create role %s nologin noinherit%s;', r.name, r.more)
    from jsonb_to_recordset(p_work -> 'roles') as r (name text, more text)
    cross join pg_catalog.pg_roles as m
    where
      m.rolname = current_user and not exists (select from pg_catalog.pg_roles as o where o.rolname = r.name)
      and not (
        m.rolsuper
        or m.rolcreaterole
        and (r.more = '' or m.rolbypassrls and current_setting('server_version_num')::integer >= 160000)
      )
    union all
    select 5, format('the role %s is there already and is more than it may be: %s', g.rolname, g.powers)
      , format('alter role %s no%s;', g.rolname, replace(g.powers, ' ', ' no'))
    from (
      select r.rolname, concat_ws(
        ' ', case when r.rolsuper then 'superuser' end, case when r.rolbypassrls then 'bypassrls' end
        , case when r.rolcreaterole then 'createrole' end, case when r.rolcreatedb then 'createdb' end
        , case when r.rolreplication then 'replication' end
      ) as powers
      from pg_catalog.pg_roles as r
      where r.rolname in ('basepool_glue', 'basepool_operator', 'basepool_metrics')
    ) as g
    where g.powers <> ''
    union all
    select 6, 'a schema basepool is there already, and something else is in it', 'alter schema basepool rename to basepool_of_others;'
    from schemas as s
    where s.nspname = 'basepool' and s.has_something
    union all
    select 7, format('the schema basepool belongs to %I', s.nspowner::regrole::text), format('alter schema basepool owner to %s;', v_me)
    from schemas as s
    where s.nspname = 'basepool' and not s.has_something and not pg_has_role(s.nspowner, 'USAGE')
    union all
    select 8
      , case
        when c.relkind = 'p' then format('public.%s is partitioned, which basepool has no way to adopt', c.name)
        when c.relkind <> 'r' then format('public.%s is a %s and no table', c.name, k.kind)
        else format('public.%s belongs to %s, and only its owner can add columns and triggers', c.name, c.relowner::regrole)
      end
      , case
        when c.relkind = 'p' then ''
        when c.relkind <> 'r' then format('alter %s public.%s rename to %s_of_the_app;', k.kind, c.name, c.name)
        else format('alter table public.%s owner to %s;', c.name, v_me)
      end
    from the_app as c
    cross join lateral (
      select case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'relation' end as kind
    ) as k
    where c.relkind <> 'r' or not pg_has_role(c.relowner, 'USAGE')
    union all
    select 9, format('row level security of public.%s is forced on its owner, whose functions would see no row', c.name)
      , format('alter table public.%s no force row level security;', c.name)
    from the_app as c
    where c.relforcerowsecurity
    union all
    select 10, 'public.replicate_tokens takes its ids from another place than public.replicate_tokens_id_seq'
      , coalesce(
        format('alter sequence %s rename to replicate_tokens_id_seq;', pg_get_serial_sequence('public.replicate_tokens', 'id'))
        , 'create sequence public.replicate_tokens_id_seq owned by public.replicate_tokens.id;'
      )
    from pg_catalog.pg_attribute as a
    where
      a.attrelid = to_regclass('public.replicate_tokens') and a.attname = 'id'
      and to_regclass('public.replicate_tokens_id_seq') is null
    union all
    select 11
      , case
        when not c.is_there then format('public.%s lacks the column %s', c."table", c.name)
        else format('public.%s.%s is %s, and basepool takes it for %s', c."table", c.name, c.found, c.expected)
      end
      , case
        when not c.is_there then format('alter table public.%s add column %s %s;', c."table", c.name, c.type)
        when not c.is_app then format('alter table public.%s rename column %s to %s_of_the_app;', c."table", c.name, c.name)
        else format('alter table public.%s alter column %s type %s using %s::%s;', c."table", c.name, c.type, c.name, c.type)
      end
    from columns as c
    where
      not c.is_there and not c.is_added
      or c.found <> c.expected and not (c.category = c.its_category and c.category in ('S', 'N', 'D') and c.is_app)
    union all
    select 12
      , case
        when not f.is_replaced then format('%s is there already, and is not basepool''s', f.signature)
        else format('%s belongs to %s, and only its owner can replace it', f.signature, f.proowner::regrole)
      end
      , case
        when not f.is_replaced then format('alter function %s rename to %s_of_the_app;', f.signature, f.name)
        else format('alter function %s owner to %s;', f.signature, v_me)
      end
    from functions as f
    where not f.is_replaced or not f.is_mine
    union all
    select 13, format('public.%s is there already and is no index of %s', w.name, w."table")
      , format(
        'alter %s public.%s rename to %s_old;'
        , case c.relkind
          when 'i' then 'index' when 'v' then 'view' when 'S' then 'sequence' when 'm' then 'materialized view' else 'table'
        end, w.name, w.name
      )
    from jsonb_to_recordset(p_work -> 'indexes') as w (name text, "table" text)
    inner join pg_catalog.pg_class as c on c.relnamespace = 'public'::regnamespace and c.relname = w.name
    left join pg_catalog.pg_index as i on i.indexrelid = c.oid
    where i.indrelid is distinct from to_regclass(w."table")
    union all
    select 14, format('public.%s has a trigger %s already', w."table", w.name)
      , format('alter trigger %s on public.%s rename to %s_of_the_app;', w.name, w."table", w.name)
    from jsonb_to_recordset(p_work -> 'triggers') as w (name text, "table" text)
    inner join pg_catalog.pg_trigger as t on t.tgrelid = to_regclass('public.' || w."table") and t.tgname = w.name
    union all
    select 15, format('public.%s has a policy %s already', w."table", w.name)
      , format('alter policy %s on public.%s rename to %s_of_the_app;', w.name, w."table", w.name)
    from jsonb_to_recordset(p_work -> 'policies') as w (name text, "table" text)
    inner join pg_catalog.pg_policy as o on o.polrelid = to_regclass('public.' || w."table") and o.polname = w.name
    union all
    select 16, format('%s may not use the schema auth', v_me), format('grant usage on schema auth to %s;', v_me)
    from schemas as s
    where s.nspname = 'auth' and not has_schema_privilege(s.oid, 'USAGE')
    union all
    select 17, format('there is no auth.uid(), and %s can''t create it', v_me), format('grant create on schema auth to %s;', v_me)
    from schemas as s
    where
      s.nspname = 'auth' and not s.may_create
      and not exists (select from pg_catalog.pg_proc as p where p.pronamespace = s.oid and p.proname = 'uid' and p.pronargs = 0)
    union all
    select 18, format('auth.uid() returns %s, and policies compare it with a uuid', p.prorettype::regtype), ''
    from pg_catalog.pg_proc as p
    inner join schemas as s on s.oid = p.pronamespace and s.nspname = 'auth'
    where p.proname = 'uid' and p.pronargs = 0 and p.prorettype <> 'uuid'::regtype
    union all
    select 19, format('%s may not use pg_cron''s schema', v_me), format('grant usage on schema cron to %s;', v_me)
    from pg_catalog.pg_extension as e
    inner join pg_catalog.pg_namespace as n on n.nspname = 'cron'
    where e.extname = 'pg_cron' and not has_schema_privilege(n.oid, 'USAGE')
  ) as v
  order by v.place, v.says;
end
$$;

-- Nothing has changed yet: what can't work stops it here, all of it at once; what only may surprise is said.
create or replace procedure pg_temp.basepool_preflight(p_work jsonb, p_triggers text)
language plpgsql
as $$
declare
  v_problem record;
  v_first text;
  v_count integer := 0;
  v_all text := '';
  v_remedies text := '';
begin
  for v_problem in select p.says, p.remedy from pg_temp.basepool_problems(p_work) as p loop
    v_first := coalesce(v_first, v_problem.says);
    v_count := v_count + 1;
    v_all := concat_ws(E'\n', nullif(v_all, ''), v_problem.says);
    v_remedies := concat_ws(E'\n', nullif(v_remedies, ''), nullif(v_problem.remedy, ''));
  end loop;
  if v_count > 0 then
    raise exception using
      errcode = 'TP043',
      message = v_first || case when v_count > 1 then format(' (and %s more)', v_count - 1) else '' end,
      detail = v_all,
      hint = concat_ws(E'\n', 'Nothing was changed. Mend it, as whoever may, and paste this again:', nullif(v_remedies, ''));
  end if;
  perform pg_catalog.set_config('jit', 'off', true);
  for v_problem in execute coalesce(nullif(p_triggers, ''), 'select where false') loop
    call pg_temp.basepool_say(format('warning: %s. Mend: %s;', v_problem.says, v_problem.fix));
  end loop;
end
$$;

create or replace procedure pg_temp.basepool_begin(
  p_kind text, p_is_strict boolean, p_ledger text, p_work jsonb, p_triggers text
)
language plpgsql
as $$
begin
  call pg_temp.basepool_lock();
  if p_is_strict then
    call pg_temp.basepool_check_ledger();
  end if;
  if not pg_temp.basepool_has_ledger() then
    if p_kind = 'adopt' and pg_catalog.to_regclass('public.generations') is null then
      raise exception using
        errcode = 'TP044', message = 'there is no public.generations here, and this script is for a database that has it',
        hint = 'Make it anew with --new.';
    elsif p_kind = 'new' and pg_catalog.to_regclass('public.generations') is not null then
      raise exception using
        errcode = 'TP044', message = 'public.generations is here already, and this script is for a database without it',
        hint = 'Make it anew with --adopt, which locks it for moments only.';
    end if;
    call pg_temp.basepool_preflight(p_work, p_triggers);
  end if;
  call pg_temp.basepool_run('the ledger', p_ledger);
end
$$;

create or replace procedure pg_temp.basepool_open()
language plpgsql
as $$
begin
  call pg_temp.basepool_lock();
  if pg_catalog.to_regclass('basepool.schema_migrations') is null then
    raise exception using
      errcode = 'TP044', message = 'nothing has been applied here yet', hint = 'Run the parts in their order, the first one first.';
  end if;
end
$$;

create or replace procedure pg_temp.basepool_migration(
  p_number integer, p_name text, p_sha256 text, p_sql text, p_locks text [] default '{}'
)
language plpgsql
as $$
declare
  v_migration record;
begin
  call pg_temp.basepool_open();
  select m.sha256, m.applied_at into v_migration from basepool.schema_migrations as m where m.number = p_number;
  if v_migration.sha256 = p_sha256 then
    call pg_temp.basepool_say(format('%s was there already, since %s', p_name, v_migration.applied_at));
    return;
  end if;
  call pg_temp.basepool_check_ledger();
  call pg_temp.basepool_follow(p_name, p_number - 1);
  call pg_temp.basepool_run(p_name, p_sql, p_locks);
  insert into basepool.schema_migrations (number, name, sha256) values (p_number, p_name, p_sha256);
  call pg_temp.basepool_say(format('%s applied', p_name));
end
$$;

-- p_is_strict: a newer database is an error; else it is left as it is
create or replace procedure pg_temp.basepool_begin_functions(p_number integer, p_is_strict boolean)
language plpgsql
as $$
begin
  call pg_temp.basepool_open();
  perform pg_catalog.set_config('basepool.is_newer', 'no', true);
  if not p_is_strict and exists (
    select from basepool.schema_migrations as m where m.number > (select max(k.number) from pg_temp.basepool_known() as k)
  ) then
    perform pg_catalog.set_config('basepool.is_newer', 'yes', true);
    call pg_temp.basepool_say('the database is newer, so its functions were left as they are');
    return;
  end if;
  call pg_temp.basepool_check_ledger();
  call pg_temp.basepool_follow('the functions', p_number);
end
$$;

create or replace procedure pg_temp.basepool_function(p_path text, p_sha256 text, p_sql text)
language plpgsql
as $$
begin
  if pg_catalog.current_setting('basepool.is_newer', true) = 'yes'
    or exists (select from basepool.schema_files as f where f.path = p_path and f.sha256 = p_sha256) then
    return;
  end if;
  -- one that only has another name now is known by its hash
  if not exists (select from basepool.schema_files as f where f.sha256 = p_sha256) then
    call pg_temp.basepool_run(p_path, p_sql);
  end if;
  insert into basepool.schema_files (path, sha256, applied_at)
  select p_path, p_sha256, coalesce(max(f.applied_at), now()) from basepool.schema_files as f where f.sha256 = p_sha256
  on conflict (path) do update set sha256 = excluded.sha256, applied_at = excluded.applied_at;
end
$$;

create or replace procedure pg_temp.basepool_end_functions(p_left text [])
language plpgsql
as $$
declare
  v_applied bigint;
begin
  if pg_catalog.current_setting('basepool.is_newer', true) = 'yes' then
    return;
  end if;
  delete from basepool.schema_files as f where f.path = any(p_left);
  select count(*) into v_applied from basepool.schema_files as f where f.path <> 'jobs.sql' and f.applied_at = now();
  call pg_temp.basepool_say(
    case v_applied when 0 then 'the functions were there already' else format('function files applied: %s', v_applied) end
  );
end
$$;

create or replace procedure pg_temp.basepool_jobs(p_number integer, p_sha256 text, p_is_strict boolean, p_sql text)
language plpgsql
as $$
declare
  v_has_cron boolean;
begin
  call pg_temp.basepool_begin_functions(p_number, p_is_strict);
  if pg_catalog.current_setting('basepool.is_newer', true) = 'yes' then
    return;
  end if;
  if exists (select from basepool.schema_files as f where f.path = 'jobs.sql' and f.sha256 = p_sha256) then
    call pg_temp.basepool_say('the jobs were there already');
    return;
  end if;
  -- current_setting would fail for who may not read it
  if pg_catalog.current_database() = (select s.setting from pg_catalog.pg_settings as s where s.name = 'cron.database_name')
    and exists (select from pg_catalog.pg_available_extensions as e where e.name = 'pg_cron') then
    begin
      create extension if not exists pg_cron;
    exception when insufficient_privilege then null;
    end;
  end if;
  v_has_cron := exists (select from pg_catalog.pg_extension as e where e.extname = 'pg_cron');
  call pg_temp.basepool_run('jobs.sql', p_sql);
  if v_has_cron then
    insert into basepool.schema_files (path, sha256) values ('jobs.sql', p_sha256)
    on conflict (path) do update set sha256 = excluded.sha256, applied_at = now();
    call pg_temp.basepool_say('the jobs are scheduled');
  else
    -- to the ledger it stays unknown, for the day on which pg_cron is there
    call pg_temp.basepool_say(
      'nothing is scheduled: pg_cron is not here; enable it (on Supabase: Integrations > Cron) and run this once more'
    );
  end if;
end
$$;

-- An index that a build has left half-done would be taken for the whole one.
create or replace procedure pg_temp.basepool_clear_index(p_number integer, p_name text)
language plpgsql
as $$
begin
  call pg_temp.basepool_open();
  if exists (
    select from pg_catalog.pg_index as i where i.indexrelid = pg_catalog.to_regclass(p_name) and not i.indisvalid
  ) then
    call pg_temp.basepool_follow(p_name, p_number - 1);
    call pg_temp.basepool_run(p_name, format('drop index %s', p_name));
    call pg_temp.basepool_say(format('%s was half-done, and was dropped', p_name));
  end if;
end
$$;

-- what an index does, without what it and its table are called
create or replace function pg_temp.basepool_describe_index(p_index oid)
returns text
language sql
as $$
select pg_catalog.regexp_replace(
  pg_catalog.replace(pg_catalog.pg_get_indexdef(p_index), format('INDEX %I ON', c.relname), 'INDEX ON'), ' ON (ONLY )?\S+ USING ',
  ' USING '
)
from pg_catalog.pg_class as c
where c.oid = p_index
$$;

-- It is there, valid, by whatever name. Where another one does the same, ours is dropped again.
create or replace procedure pg_temp.basepool_check_index(p_number integer, p_name text, p_table text, p_twin text)
language plpgsql
as $$
declare
  v_does text;
  v_ours oid := pg_catalog.to_regclass(p_name);
  v_other regclass;
begin
  call pg_temp.basepool_open();
  if exists (select from basepool.schema_migrations as m where m.number = p_number) then
    return;
  end if;
  call pg_temp.basepool_follow(p_name, p_number - 1);
  -- on an empty table like it, Postgres says it in its own words
  execute format('create temporary table basepool_twin (like %s) on commit drop', p_table);
  execute p_twin;
  v_does := pg_temp.basepool_describe_index('pg_temp.basepool_twin_idx'::regclass);
  drop table pg_temp.basepool_twin;
  select i.indexrelid into v_other
  from pg_catalog.pg_index as i
  where
    i.indrelid = p_table::regclass and i.indisvalid and i.indexrelid is distinct from v_ours
    and pg_temp.basepool_describe_index(i.indexrelid) = v_does
  limit 1;
  if v_other is not null and v_ours is not null then
    call pg_temp.basepool_run(p_name, format('drop index %s', p_name));
    call pg_temp.basepool_say(format('%s was dropped again: %s does the same', p_name, v_other));
  elsif v_other is null
    and not exists (select from pg_catalog.pg_index as i where i.indexrelid = v_ours and i.indisvalid) then
    raise exception using
      errcode = 'TP044', message = format('the index %s is not there, or not whole', p_name),
      hint = 'Run the part with the indexes first, each statement by itself.';
  end if;
end
$$;
