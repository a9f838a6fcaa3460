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

-- Refuses what this script does not know, as migrate does.
create or replace procedure pg_temp.basepool_check_ledger()
language plpgsql
as $$
declare
  v_other record;
begin
  if pg_catalog.to_regclass('basepool.schema_migrations') is null then
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

create or replace procedure pg_temp.basepool_begin(p_kind text, p_is_strict boolean, p_ledger text)
language plpgsql
as $$
begin
  call pg_temp.basepool_lock();
  if p_is_strict then
    call pg_temp.basepool_check_ledger();
  end if;
  if pg_catalog.to_regclass('basepool.schema_migrations') is null then
    if p_kind = 'adopt' and pg_catalog.to_regclass('public.generations') is null then
      raise exception using
        errcode = 'TP044', message = 'there is no public.generations here, and this script is for a database that has it',
        hint = 'Make it anew with --new.';
    elsif p_kind = 'new' and pg_catalog.to_regclass('public.generations') is not null then
      raise exception using
        errcode = 'TP044', message = 'public.generations is here already, and this script is for a database without it',
        hint = 'Make it anew with --adopt, which locks it for moments only.';
    end if;
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
