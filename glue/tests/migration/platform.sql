-- The platform's database as it runs before basepool, in what concerns us: tables, policies, trigger, functions and some rows.
-- Written after its description, for the test of adoption. Roles and auth.uid() are there already, as on Supabase.
create table public.users (
  id uuid primary key default gen_random_uuid(),
  email text unique,
  role text default 'user' check (role in ('user', 'admin', 'super_admin')),
  credits integer default 100
);

create table public.workspaces (id uuid primary key default gen_random_uuid(), name text);

create table public.workspace_members (
  workspace_id uuid references public.workspaces on delete cascade,
  user_id uuid references public.users on delete cascade
);

create table public.generations (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.users on delete cascade,
  workspace_id uuid references public.workspaces,
  action text not null check (action in ('create', 'edit', 'upscale', 'remove_bg', 'video_create', 'analyze_describe')),
  model_id text not null,
  model_name text not null,
  replicate_model text not null,
  prompt text,
  input_image_url text,
  input_video_url text,
  settings jsonb default '{}',
  status text default 'pending' check (status in ('pending', 'processing', 'completed', 'failed', 'cancelled')),
  output_urls text [],
  output_thumbs text [],
  replicate_prediction_id text unique,
  processing_time_ms integer,
  error_message text,
  cost_credits integer default 1,
  cost_usd numeric(10, 6),
  viewed boolean default false,
  viewed_at timestamptz,
  is_favorite boolean not null default false,
  created_at timestamptz default now(),
  started_at timestamptz,
  completed_at timestamptz,
  replicate_input jsonb
);

create index idx_generations_user_id on public.generations (user_id);
create index idx_generations_user_created on public.generations (user_id, created_at desc);
create index idx_generations_status on public.generations (status);
create index idx_generations_prediction on public.generations (replicate_prediction_id);

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

alter table public.users enable row level security;
alter table public.generations enable row level security;
alter table public.replicate_tokens enable row level security;
create policy "Users can view own generations" on public.generations for select using (auth.uid() = user_id);
create policy "Workspace members can view" on public.generations for select using (
  workspace_id in (select m.workspace_id from public.workspace_members as m where m.user_id = auth.uid())
);
create policy "Users can insert own generations" on public.generations for insert with check (auth.uid() = user_id);
create policy "Users can update own generations" on public.generations for update using (auth.uid() = user_id);
create policy "Service role only" on public.replicate_tokens for all to service_role using (true);
grant all on all tables in schema public to anon, authenticated, service_role;
grant usage on all sequences in schema public to anon, authenticated, service_role;

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
language sql as $$
  select count(*)::integer, 0, 0, 0 from generations where user_id = p_user_id
$$;

create function public.cleanup_old_generations(days integer default 90) returns integer language sql as $$
  with gone as (
    delete from generations where status in ('failed', 'cancelled') and created_at < now() - days * interval '1 day' returning 1
  ) select count(*)::integer from gone
$$;

insert into public.users (id, email) values
('00000000-0000-4000-8000-000000000001', 'one@example.com'), ('00000000-0000-4000-8000-000000000002', 'two@example.com');

insert into public.generations
(user_id, action, model_id, model_name, replicate_model, prompt, status, replicate_prediction_id, output_urls, cost_credits)
select
  '00000000-0000-4000-8000-000000000001', 'create', 'flux', 'FLUX', 'black-forest-labs/flux-schnell', 'cat ' || s.n,
  case s.n % 5 when 0 then 'failed' when 1 then 'processing' when 2 then 'pending' else 'completed' end,
  'prediction-' || s.n, case when s.n % 5 > 2 then array['https://x/' || s.n] end, s.n
from generate_series(1, 500) as s (n);

insert into public.replicate_tokens (token, request_count, error_count, last_error)
select 'r8_' || repeat(chr(96 + s.n), 37), 100 * s.n, s.n, 'some error' from generate_series(1, 5) as s (n);
update public.replicate_tokens set is_active = false where id = 5;
