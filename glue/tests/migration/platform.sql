-- The platform's database as it is before basepool comes, in our own words: its tables, what has piled up on them, its rows. Run by
-- a superuser in an empty database; everything of the app belongs to platform_owner, who is none, as Supabase's postgres is none.
-- `set platform.rows = 200000` before it makes so many generations instead of 1,200, beside those of keyframe jobs.

-- what Supabase has made before the app came

do $roles$
declare
  v_name text;
begin
  foreach v_name in array array['anon', 'authenticated', 'service_role'] loop
    if to_regrole(v_name) is null then
      execute format('create role %I nologin noinherit', v_name);
    end if;
  end loop;
  alter role service_role bypassrls;
  if to_regrole('platform_owner') is null then
    create role platform_owner login createrole createdb bypassrls;
  end if;
  grant anon, authenticated, service_role to platform_owner with admin option;
  grant pg_monitor, pg_read_all_data, pg_signal_backend to platform_owner;
  alter role platform_owner set search_path = "$user", public, extensions;
  execute format('alter database %I owner to platform_owner', current_database());
  if to_regnamespace('cron') is not null then
    grant usage on schema cron to platform_owner with grant option;
    grant select on cron.job to platform_owner;
    grant all on cron.job_run_details to platform_owner;
  end if;
end
$roles$;

create schema extensions;
grant usage on schema extensions to anon, authenticated, service_role, platform_owner;
create extension "uuid-ossp" schema extensions;
create extension pgcrypto schema extensions;

create schema auth;
create function auth.uid() returns uuid language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), '')
    , nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
  )::uuid
$$;
create function auth.role() returns text language sql stable as $$
  select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
$$;
grant usage on schema auth to anon, authenticated, service_role, platform_owner;

-- PostgREST is told of every change of the schema
create function extensions.tell_api_of_ddl() returns event_trigger language plpgsql as $$
begin
  if exists (select from pg_event_trigger_ddl_commands() as c where c.schema_name is distinct from 'pg_temp') then
    notify pgrst, 'reload schema';
  end if;
end
$$;
create function extensions.tell_api_of_drop() returns event_trigger language plpgsql as $$
begin
  if exists (select from pg_event_trigger_dropped_objects() as d where not d.is_temporary) then
    notify pgrst, 'reload schema';
  end if;
end
$$;
create event trigger api_watches_ddl on ddl_command_end execute function extensions.tell_api_of_ddl();
create event trigger api_watches_drops on sql_drop execute function extensions.tell_api_of_drop();

grant usage on schema public to anon, authenticated, service_role;
alter default privileges for role platform_owner in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges for role platform_owner in schema public grant all on sequences to anon, authenticated, service_role;
alter default privileges for role platform_owner in schema public grant all on functions to anon, authenticated, service_role;

-- what the app has made

set role platform_owner;
set search_path = public, extensions;

create table public.users (
  id uuid primary key default uuid_generate_v4(),
  telegram_username text unique,
  telegram_id bigint unique,
  email text unique,
  telegram_first_name text,
  telegram_last_name text,
  telegram_photo_url text,
  display_name text,
  avatar_url text,
  cover_url text,
  auth_provider text default 'telegram',
  role text default 'user' check (role in ('user', 'admin', 'super_admin')),
  credits integer default 100,
  is_active boolean default true,
  created_at timestamptz default now(),
  last_login timestamptz
);

create table public.workspaces (
  id uuid primary key default uuid_generate_v4(),
  name text not null,
  slug text unique,
  created_by uuid references public.users on delete set null,
  is_active boolean default true,
  settings jsonb default '{}',
  created_at timestamptz default now()
);

create table public.workspace_members (
  id uuid primary key default uuid_generate_v4(),
  workspace_id uuid not null references public.workspaces on delete cascade,
  user_id uuid not null references public.users on delete cascade,
  role text default 'member' check (role in ('member', 'admin')),
  joined_at timestamptz default now(),
  unique (workspace_id, user_id)
);

create table public.user_loras (
  id uuid primary key default uuid_generate_v4(),
  user_id uuid not null references public.users on delete cascade,
  name text not null,
  trigger_word text,
  lora_url text,
  training_id text,
  status text default 'training',
  created_at timestamptz default now()
);

create table public.flows (
  id uuid primary key default uuid_generate_v4(),
  user_id uuid not null references public.users on delete cascade,
  workspace_id uuid references public.workspaces on delete set null,
  name text not null,
  nodes jsonb not null default '[]',
  edges jsonb not null default '[]',
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

create table public.notifications (
  id uuid primary key default uuid_generate_v4(),
  user_id uuid not null references public.users on delete cascade,
  kind text not null,
  title text not null,
  data jsonb default '{}',
  is_read boolean default false,
  created_at timestamptz default now()
);

create table public.generations (
  id uuid primary key default uuid_generate_v4(),
  user_id uuid not null references public.users on delete cascade,
  workspace_id uuid references public.workspaces,
  action text not null constraint generations_action_check check (
    action in (
      'create', 'edit', 'upscale', 'remove_bg', 'inpaint', 'expand', 'video_create', 'video_i2v', 'video_edit', 'video_upscale'
      , 'video_keyframes', 'analyze_describe', 'analyze_ocr', 'analyze_prompt'
    )
  ),
  model_id text not null,
  model_name text not null,
  replicate_model text not null,
  prompt text,
  input_image_url text,
  input_video_url text,
  settings jsonb default '{}',
  status text default 'pending' constraint generations_status_check check (
    status in ('pending', 'processing', 'completed', 'failed', 'cancelled')
  ),
  output_urls text [],
  output_thumbs text [],
  output_text text,
  replicate_prediction_id text unique,
  replicate_token_index integer,
  processing_time_ms integer,
  error_message text,
  cost_credits integer default 1,
  cost_usd numeric(10, 6),
  viewed boolean default false,
  viewed_at timestamptz,
  is_favorite boolean not null default false,
  is_keyframe_segment boolean default false,
  created_at timestamptz default now(),
  started_at timestamptz,
  completed_at timestamptz,
  replicate_input jsonb,
  replicate_output jsonb
);
-- by hand, on the day on which the code began to write it
alter table public.generations
drop constraint generations_status_check,
add constraint generations_status_check check (
  status = any(array['pending', 'queued', 'processing', 'completed', 'failed', 'cancelled'])
);

create table public.replicate_tokens (
  id serial primary key,
  token text not null unique,
  is_active boolean default true,
  last_used_at timestamptz,
  request_count integer default 0,
  error_count integer default 0,
  last_error text,
  last_error_at timestamptz,
  created_at timestamptz default now()
);

create table public.api_logs (
  id bigserial primary key,
  user_id uuid references public.users on delete set null,
  generation_id uuid references public.generations on delete set null,
  provider text not null,
  endpoint text,
  status_code integer,
  duration_ms integer,
  error text,
  created_at timestamptz default now()
);

-- the rows: numbers decide everything, by moduli without a common factor, so that each kind meets each other

insert into public.users (
  id, telegram_username, telegram_id, email, telegram_first_name, display_name, auth_provider, role, credits, created_at, last_login
)
select
  ('00000000-0000-4000-8000-' || lpad(to_hex(s.n), 12, '0'))::uuid
  , case when s.n % 3 = 0 then 'user_' || s.n end
  , case when s.n % 3 = 0 then 100000000 + s.n end
  , 'user' || s.n || '@пример.рф'
  , 'Имя ' || s.n
  , 'Пользователь ' || s.n
  , case when s.n % 3 = 0 then 'telegram' else 'email' end
  , case s.n when 1 then 'super_admin' when 2 then 'admin' else 'user' end
  , 100 + s.n
  , now() - interval '200 days' + s.n * interval '1 second'
  , now() - s.n * interval '1 hour'
from generate_series(1, 41 + coalesce(nullif(current_setting('platform.rows', true), '')::integer, 1200) / 500) as s (n);

insert into public.workspaces (id, name, slug, created_by)
select
  ('11111111-0000-4000-8000-' || lpad(to_hex(s.n), 12, '0'))::uuid
  , 'Команда ' || s.n
  , 'team-' || s.n
  , ('00000000-0000-4000-8000-' || lpad(to_hex(s.n), 12, '0'))::uuid
from generate_series(1, 12) as s (n);

-- user n is in workspace 1 + n % 12, and user 30 in that of user 10 as well
insert into public.workspace_members (workspace_id, user_id, role)
select
  ('11111111-0000-4000-8000-' || lpad(to_hex(1 + s.n % 12), 12, '0'))::uuid
  , u.id
  , case when s.n <= 12 then 'admin' else 'member' end
from public.users as u
cross join lateral (select ('x' || right(u.id::text, 8))::bit(32)::integer) as s (n)
union all
select '11111111-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-00000000001e', 'member';

insert into public.replicate_tokens (token, is_active, request_count, error_count, last_error, last_error_at, last_used_at)
select
  'r8_' || left(md5('first half ' || s.n) || md5('second half ' || s.n), 37)
  , s.n <> 7
  , 1000 - 100 * s.n
  , s.n
  , case s.n when 3 then '429 Слишком много запросов' when 7 then '401 Unauthenticated' end
  , case when s.n in (3, 7) then now() - interval '2 days' end
  , now() - s.n * interval '1 minute'
from generate_series(1, 7) as s (n);

insert into public.flows (id, user_id, workspace_id, name, nodes)
select
  ('44444444-0000-4000-8000-' || lpad(to_hex(s.n), 12, '0'))::uuid
  , u.id
  , m.workspace_id
  , 'Поток ' || s.n
  , jsonb_build_array(jsonb_build_object(
    'id', 'node-1', 'data', jsonb_build_object('generationId', '22222222-0000-4000-8000-' || lpad(to_hex(19 * s.n), 12, '0'))
  ))
from generate_series(1, 40) as s (n)
inner join public.users as u on u.id = ('00000000-0000-4000-8000-' || lpad(to_hex(s.n), 12, '0'))::uuid
inner join public.workspace_members as m
  on m.user_id = u.id and m.workspace_id = ('11111111-0000-4000-8000-' || lpad(to_hex(1 + s.n % 12), 12, '0'))::uuid;

-- of the first 1,200 every second is user 10's; 1 is the newest. What is over is older by 144 minutes each, counted so that none is
-- near the 30 and 90 days that queries ask for
insert into public.generations (
  id, user_id, workspace_id, action, model_id, model_name, replicate_model, prompt, input_image_url, input_video_url, settings, status
  , output_urls, output_thumbs, output_text, replicate_prediction_id, replicate_token_index, processing_time_ms, error_message
  , cost_credits, cost_usd, viewed, viewed_at, is_favorite, created_at, started_at, completed_at, replicate_input, replicate_output
)
select
  ('22222222-0000-4000-8000-' || lpad(to_hex(g.n), 12, '0'))::uuid
  , ('00000000-0000-4000-8000-' || lpad(to_hex(g.user_number), 12, '0'))::uuid
  , case when g.n % 3 > 0 then ('11111111-0000-4000-8000-' || lpad(to_hex(1 + g.user_number % 12), 12, '0'))::uuid end
  , g.action
  , 'model-' || g.n % 11
  , 'Модель ' || g.n % 11
  , g.model
  , 'Кот номер ' || g.n
  , case
    when g.action in ('edit', 'upscale', 'remove_bg', 'inpaint', 'expand', 'video_i2v') then 'https://cdn.example/in/' || g.n
  end
  , case when g.action in ('video_edit', 'video_upscale') then 'https://cdn.example/in/' || g.n || '.mp4' end
  , jsonb_build_object('aspect_ratio', '16:9', 'variant', g.n % 5) || case
    when g.n % 19 = 0
      then jsonb_build_object(
        'flow_id', '44444444-0000-4000-8000-' || lpad(to_hex(1 + g.n / 19 % 40), 12, '0'), 'node_id', 'node-1'
      )
    else '{}'
  end
  , g.status
  , case
    when g.status = 'completed' and not g.is_text
      then array['https://project.supabase.co/storage/v1/object/public/generations/' || g.n || '.png']
  end
  , case
    when g.status = 'completed' and not g.is_text
      then array['https://project.supabase.co/storage/v1/object/public/generations/' || g.n || '_thumb.webp']
  end
  , case when g.status = 'completed' and g.is_text then 'На картинке кот ' || g.n end
  , case
    when g.status in ('pending', 'queued') then null
    when g.model = 'google/veo-3' then 'models/veo-3/operations/' || left(md5(g.n::text), 12)
    when g.model like 'fal-ai/%' then md5('fal ' || g.n)::uuid::text
    when g.model like 'higgsfield-ai/%' then md5('higgsfield ' || g.n)::uuid::text
    when g.status = 'failed' and g.n % 5 = 0 then null
    else 'pred' || md5(g.n::text)
  end
  , case when g.model !~ '^(google/veo-3|fal-ai/|higgsfield-ai/)' and g.status not in ('pending', 'queued') then 1 + g.n % 7 end
  , case when g.status in ('completed', 'failed') then 1000 * (5 + g.n % 50) end
  , case
    when g.status = 'failed'
      then (array['NSFW content detected', 'Generation timed out', 'Превышено время ожидания'])[1 + g.n % 3]
  end
  , 1 + g.n % 4
  , case when g.status = 'completed' and g.n % 10 > 0 then (1 + g.n % 100) * 0.0013 end
  , g.status = 'completed' and g.n % 5 > 0
  , case when g.status = 'completed' and g.n % 5 > 0 then g.created_at + interval '10 minutes' end
  , g.n % 7 = 0
  , g.created_at
  , case
    -- a retry: begun anew, and as old as before
    when g.status = 'processing' and g.n % 5 = 3 then g.newest - interval '2 minutes'
    when g.status in ('processing', 'completed', 'failed') then g.created_at + interval '2 seconds'
  end
  , case when g.status in ('completed', 'failed') then g.created_at + (7 + g.n % 50) * interval '1 second' end
  , case when g.n % 10 > 0 then jsonb_build_object('prompt', 'Кот номер ' || g.n, 'seed', g.n) end
  , case
    when g.status = 'completed' and g.n % 5 = 0
      then
        jsonb_build_object('id', 'pred' || md5(g.n::text), 'status', 'succeeded', 'metrics', '{"predict_time": 1.5}'::jsonb)
  end
from (
  select
    a.*
    , a.action like 'analyze%' as is_text
    , case
      when a.status not in ('pending', 'queued', 'processing') or a.status = 'processing' and a.n % 5 = 3
        then
          a.newest - least(a.n, 1200) * interval '144 minutes' - interval '60 minutes'
          - greatest(a.n - 1200, 0) * interval '40 seconds'
      else a.newest - a.n * interval '1 millisecond' - (
        array['0 seconds', '15 minutes', '45 minutes', '3 hours', '20 hours']
      )[1 + a.n % 5]::interval
    end as created_at
  from (
    select
      s.n
      , now() - interval '10 seconds' as newest
      , case
        when s.n <= 1200 and s.n % 2 = 0 then 10
        else 1 + s.n * 5 % 41 + 41 * (s.n / 1201 % greatest(u.total / 41 - 1, 1))
      end as user_number
      , (
        array[
          'create', 'create', 'edit', 'upscale', 'remove_bg', 'inpaint', 'expand', 'video_create', 'video_i2v', 'video_edit'
          , 'video_upscale', 'analyze_describe', case when s.n % 2 = 0 then 'analyze_ocr' else 'analyze_prompt' end
        ]
      )[1 + s.n % 13] as action
      , (
        array[
          'black-forest-labs/flux-1.1-pro', 'google/nano-banana', 'bytedance/seedream-4', 'kwaivgi/kling-v2.1'
          , 'fal-ai/kling-video/v2.1/pro/image-to-video', 'higgsfield-ai/soul/standard', 'google/veo-3', 'topazlabs/image-upscale'
          , 'lucataco/video-merge', 'openai/gpt-4o-mini', 'acme/painter:' || repeat('0123456789abcdef', 4)
        ]
      )[1 + s.n % 11] as model
      , case
        when s.n > 1200 and s.n % 17 in (3, 4, 5) and s.n % 199 > 0 then 'completed'
        when s.n % 17 in (1, 6) then 'failed'
        when s.n % 17 = 2 and s.n % 7 > 0 then 'cancelled'
        when s.n % 17 = 3 then 'pending'
        when s.n % 17 = 4 then 'processing'
        when s.n % 17 = 5 and s.n % 5 = 1 then 'queued'
        else 'completed'
      end as status
    from generate_series(1, coalesce(nullif(current_setting('platform.rows', true), '')::integer, 1200)) as s (n)
    cross join (select count(*)::integer as total from public.users) as u
  ) as a
) as g;

-- keyframe jobs: a parent and its segments, one after the other. Of every fifth the first segment is done, the second runs, the others
-- have waited for two hours
insert into public.generations (
  id, user_id, workspace_id, action, model_id, model_name, replicate_model, prompt, settings, status, output_urls
  , replicate_prediction_id, replicate_token_index, is_keyframe_segment, created_at, started_at, completed_at, replicate_input
)
select
  ('33333333-0000-4000-8000-' || lpad(to_hex(k.job * 16 + k.segment), 12, '0'))::uuid
  , ('00000000-0000-4000-8000-' || lpad(to_hex(k.user_number), 12, '0'))::uuid
  , ('11111111-0000-4000-8000-' || lpad(to_hex(1 + k.user_number % 12), 12, '0'))::uuid
  , case k.segment when 0 then 'video_keyframes' else 'video_i2v' end
  , 'model-keyframes'
  , 'Модель кадров'
  , 'kwaivgi/kling-v2.1'
  , 'Кадр ' || k.segment
  , jsonb_build_object('keyframe_group_id', 'g' || k.job, 'keyframe_index', k.segment)
  , k.status
  , case
    when k.status = 'completed'
      then array['https://project.supabase.co/storage/v1/object/public/generations/k' || k.job || '.mp4']
  end
  , case when k.segment > 0 and k.status <> 'pending' then 'pred' || md5('keyframe ' || k.job || '/' || k.segment) end
  , case when k.segment > 0 and k.status <> 'pending' then 1 + k.job % 6 end
  , k.segment > 0
  , k.created_at
  , case
    when k.status = 'processing' and k.segment > 0 then k.newest - interval '1 minute'
    when k.status <> 'pending' then k.created_at + interval '1 second'
  end
  , case when k.status = 'completed' then k.created_at + interval '90 seconds' end
  , jsonb_build_object('prompt', 'Кадр ' || k.segment, 'start_image', 'https://cdn.example/' || k.job)
from (
  select
    j.job
    , j.newest
    , g.segment
    , case when j.job % 3 = 0 then 10 else j.job end as user_number
    , case
      when j.job % 5 > 0 or g.segment = 1 then 'completed'
      when g.segment in (0, 2) then 'processing'
      else 'pending'
    end as status
    , j.newest - case when j.job % 5 > 0 then j.job * interval '1 day' else interval '2 hours' end
      - interval '7 minutes' + j.job * interval '1 second' + g.segment * interval '1500 microseconds' as created_at
  from (select s.n as job, now() - interval '10 seconds' as newest from generate_series(1, 30) as s (n)) as j
  cross join lateral generate_series(0, 3 + j.job % 6) as g (segment)
) as k;

insert into public.user_loras (user_id, name, trigger_word, lora_url, training_id, status)
select
  u.id, 'Стиль ' || u.display_name, 'TOK', 'https://cdn.example/lora/' || u.credits || '.safetensors', 'training-' || u.credits
  , case when u.credits % 4 = 0 then 'training' else 'ready' end
from public.users as u
where u.credits <= 120;

insert into public.notifications (user_id, kind, title, data, is_read, created_at)
select g.user_id, 'generation_failed', 'Не получилось', jsonb_build_object('generation_id', g.id), g.is_favorite, g.completed_at
from public.generations as g
where g.status = 'failed'
order by g.created_at desc
limit 200;

insert into public.api_logs (user_id, generation_id, provider, endpoint, status_code, duration_ms, error, created_at)
select
  g.user_id, g.id, split_part(g.replicate_model, '/', 1), '/predictions', case when g.status = 'failed' then 500 else 201 end
  , coalesce(g.processing_time_ms, 0) % 900, g.error_message, g.created_at
from public.generations as g
order by g.created_at desc
limit 300;

-- the indexes that have piled up on generations: with the primary key and the constraint on the prediction's id 34

create index idx_generations_action on public.generations (action);
create index idx_generations_action_created on public.generations (action, created_at desc);
create index idx_generations_user_action on public.generations (user_id, action);
create index idx_generations_videos on public.generations (created_at desc)
where action in ('video_create', 'video_i2v', 'video_edit', 'video_upscale');
create index idx_generations_keyframes on public.generations (created_at) where action = 'video_keyframes';
create index idx_generations_remove_bg on public.generations (user_id) where action = 'remove_bg';
create index idx_generations_describe on public.generations (user_id, created_at) where action = 'analyze_describe';
create index idx_generations_created_at on public.generations (created_at desc);
create index idx_generations_status on public.generations (status);
create index idx_generations_prediction_id on public.generations (replicate_prediction_id);
create index idx_generations_user_id on public.generations (user_id);
create index idx_generations_user_created on public.generations (user_id, created_at desc);
create index idx_generations_user_id_created_at on public.generations (user_id, created_at desc);
create index idx_generations_user_created_viewed on public.generations (user_id, created_at desc, viewed);
create index idx_generations_user_done on public.generations (user_id, created_at desc) where status = 'completed';
create index idx_generations_user_status on public.generations (user_id, status);
create index idx_generations_user_status_created on public.generations (user_id, status, created_at desc);
create index idx_generations_user_active on public.generations (user_id, status) where status in ('pending', 'processing');
create index idx_generations_user_failed on public.generations (user_id, status) where status = 'failed';
create index idx_generations_workspace_id on public.generations (workspace_id);
create index idx_generations_workspace_created on public.generations (workspace_id, created_at desc);
create index idx_generations_workspace_listed on public.generations (workspace_id, created_at desc)
where is_keyframe_segment is false;
create index idx_generations_workspace_user on public.generations (workspace_id, user_id);
create index idx_generations_workspace_user_created on public.generations (workspace_id, user_id, created_at desc);
create index idx_generations_workspace_status on public.generations (workspace_id, status);
create index idx_generations_workspace_status_created on public.generations (workspace_id, status, created_at desc);
create index idx_generations_workspace_model on public.generations (workspace_id, model_name);
create index idx_generations_workspace_favorite on public.generations (workspace_id, is_favorite) where is_favorite;
create index idx_generations_favorites on public.generations (user_id, created_at desc) where is_favorite;
create index idx_generations_unviewed on public.generations (user_id, viewed) where not viewed;
create index idx_generations_cost_usd on public.generations (cost_usd) where cost_usd is not null;
create index idx_generations_created_status on public.generations (created_at, status) where status in ('pending', 'processing');

create index idx_members_user on public.workspace_members (user_id);
create index idx_flows_user on public.flows (user_id, updated_at desc);
create index idx_notifications_user on public.notifications (user_id, is_read, created_at desc);
create index idx_api_logs_created on public.api_logs (created_at desc);
create index idx_api_logs_generation on public.api_logs (generation_id);

-- its triggers

create function public.update_generation_status() returns trigger language plpgsql as $$
begin
  if new.status = 'processing' and old.status = 'pending' then
    new.started_at = now();
  end if;
  if new.status in ('completed', 'failed') and old.status not in ('completed', 'failed') then
    new.completed_at = now();
    if new.started_at is not null then
      new.processing_time_ms = extract(epoch from (now() - new.started_at)) * 1000;
    end if;
  end if;
  return new;
end
$$;
create trigger generation_status_update before update on public.generations
for each row execute function public.update_generation_status();

create function public.touch_updated_at() returns trigger language plpgsql as $$
begin
  new.updated_at = now();
  return new;
end
$$;
create trigger flow_updated before update on public.flows for each row execute function public.touch_updated_at();

-- its policies. That on the members once asked the members who may see them, for ever: functions with their owner's rights ask now

create function public.is_super_admin() returns boolean language sql stable security definer as $$
  select exists (select from users where id = auth.uid() and role = 'super_admin')
$$;
create function public.get_my_workspaces() returns setof uuid language sql stable security definer as $$
  select workspace_id from workspace_members where user_id = auth.uid()
$$;

alter table public.users enable row level security;
alter table public.workspaces enable row level security;
alter table public.workspace_members enable row level security;
alter table public.user_loras enable row level security;
alter table public.flows enable row level security;
alter table public.notifications enable row level security;
alter table public.generations enable row level security;
alter table public.replicate_tokens enable row level security;
alter table public.api_logs enable row level security;

create policy "Users can view own profile" on public.users for select using (auth.uid() = id);
create policy "Users can update own profile" on public.users for update using (auth.uid() = id);
create policy "Super admins can view users" on public.users for select using (public.is_super_admin());
create policy "Members can view workspaces" on public.workspaces for select using (id in (select public.get_my_workspaces()));
create policy "Members can view members" on public.workspace_members for select
using (workspace_id in (select public.get_my_workspaces()));
create policy "Users can manage own loras" on public.user_loras for all using (auth.uid() = user_id);
create policy "Users can manage own flows" on public.flows for all using (auth.uid() = user_id);
create policy "Users can view own notifications" on public.notifications for select using (auth.uid() = user_id);
create policy "Users can mark own notifications" on public.notifications for update using (auth.uid() = user_id);
create policy "Users can view own generations" on public.generations for select using (auth.uid() = user_id);
create policy "Members can view workspace generations" on public.generations for select
using (workspace_id in (select public.get_my_workspaces()));
create policy "Super admins can view all generations" on public.generations for select using (public.is_super_admin());
create policy "Users can insert own generations" on public.generations for insert with check (auth.uid() = user_id);
create policy "Users can update own generations" on public.generations for update using (auth.uid() = user_id);
create policy "Service role only" on public.replicate_tokens for all to service_role using (true);
create policy "Super admins can view logs" on public.api_logs for select using (public.is_super_admin());

-- what it calls through PostgREST, and from cron

create function public.get_next_replicate_token() returns table (id integer, token varchar)
language plpgsql security definer as $$
begin
  return query
  update replicate_tokens as t set last_used_at = now(), request_count = t.request_count + 1
  where t.id = (
    select r.id from replicate_tokens as r where r.is_active
    order by r.last_used_at nulls first for update skip locked limit 1
  )
  returning t.id, t.token::varchar;
end
$$;

create function public.get_generation_counts(p_user_id uuid)
returns table (all_count integer, processing_count integer, favorites_count integer, failed_count integer)
language plpgsql stable as $$
begin
  return query
  select
    count(*)::integer
    , count(*) filter (where g.status in ('pending', 'processing'))::integer
    , count(*) filter (where g.is_favorite)::integer
    , count(*) filter (where g.status = 'failed')::integer
  from generations as g
  where g.user_id = p_user_id and g.is_keyframe_segment is not true;
end
$$;

create function public.get_workspace_generation_counts(p_workspace_id uuid, p_user_id uuid default null)
returns table (all_count integer, processing_count integer, favorites_count integer, failed_count integer)
language plpgsql stable as $$
begin
  return query
  select
    count(*)::integer
    , count(*) filter (where g.status in ('pending', 'processing'))::integer
    , count(*) filter (where g.is_favorite)::integer
    , count(*) filter (where g.status = 'failed')::integer
  from generations as g
  where g.workspace_id = p_workspace_id and (p_user_id is null or g.user_id = p_user_id) and g.is_keyframe_segment is not true;
end
$$;

create function public.get_user_generation_stats(p_user_ids uuid [])
returns table (user_id uuid, total bigint, completed bigint, failed bigint, spent_usd numeric, last_generation_at timestamptz)
language sql stable security definer as $$
  select
    g.user_id, count(*), count(*) filter (where g.status = 'completed'), count(*) filter (where g.status = 'failed')
    , coalesce(sum(g.cost_usd), 0), max(g.created_at)
  from generations as g
  where g.user_id = any(p_user_ids)
  group by g.user_id
$$;

create function public.get_dashboard_totals(p_workspace_id uuid default null, p_user_id uuid default null)
returns table (total bigint, completed bigint, failed bigint, active bigint, creators bigint, credits bigint, spent_usd numeric)
language sql stable security definer as $$
  select
    count(*), count(*) filter (where g.status = 'completed'), count(*) filter (where g.status = 'failed')
    , count(*) filter (where g.status in ('pending', 'processing')), count(distinct g.user_id), sum(g.cost_credits), sum(g.cost_usd)
  from generations as g
  where (p_workspace_id is null or g.workspace_id = p_workspace_id) and (p_user_id is null or g.user_id = p_user_id)
$$;

create materialized view public.mv_admin_stats as
select
  u.id as user_id
  , u.email
  , count(g.id) as generations
  , count(g.id) filter (where g.status = 'failed') as failed
  , coalesce(sum(g.cost_usd), 0) as spent_usd
  , max(g.created_at) as last_generation_at
from public.users as u
left join public.generations as g on g.user_id = u.id
group by u.id;
create unique index idx_mv_admin_stats_user on public.mv_admin_stats (user_id);

create function public.refresh_admin_stats() returns void language plpgsql security definer as $$
begin
  refresh materialized view concurrently mv_admin_stats;
end
$$;

create function public.cleanup_old_generations(days integer default 90) returns integer language plpgsql security definer as $$
declare
  deleted integer;
begin
  delete from generations where status in ('failed', 'cancelled') and created_at < now() - days * interval '1 day';
  get diagnostics deleted = row_count;
  return deleted;
end
$$;

do $cron$
begin
  if to_regnamespace('cron') is not null then
    perform cron.schedule('refresh-admin-stats', '*/5 * * * *', 'select public.refresh_admin_stats()');
    perform cron.schedule('cleanup-old-generations', '0 3 * * 0', 'select public.cleanup_old_generations(90)');
  end if;
end
$cron$;

reset role;
reset search_path;
analyze;
