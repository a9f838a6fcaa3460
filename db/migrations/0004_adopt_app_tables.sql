-- The app's own two tables. Where they exist they are kept as they are and only get what is missing; where they do not,
-- they are made the way the app has them. No foreign key to a users table: on Supabase that is the app's affair.

create table if not exists public.generations (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  workspace_id uuid,
  action text not null constraint generations_action_check check (
    action in (
      'create', 'edit', 'upscale', 'remove_bg', 'inpaint', 'expand', 'video_create', 'video_i2v', 'video_edit',
      'video_upscale', 'video_keyframes', 'analyze_describe', 'analyze_ocr', 'analyze_prompt'
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
    status in ('pending', 'queued', 'processing', 'completed', 'failed', 'cancelled')
  ),
  output_urls text [],
  output_thumbs text [],
  output_text text,
  replicate_prediction_id text constraint generations_replicate_prediction_id_key unique,
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

alter table public.generations
add column if not exists workspace_id uuid,
add column if not exists output_thumbs text [],
add column if not exists output_text text,
add column if not exists replicate_token_index integer,
add column if not exists processing_time_ms integer,
add column if not exists cost_credits integer default 1,
add column if not exists cost_usd numeric(10, 6),
add column if not exists viewed boolean default false,
add column if not exists viewed_at timestamptz,
add column if not exists is_favorite boolean not null default false,
add column if not exists is_keyframe_segment boolean default false,
add column if not exists started_at timestamptz,
add column if not exists completed_at timestamptz,
add column if not exists replicate_input jsonb,
add column if not exists replicate_output jsonb,
add column if not exists idempotency_key text
constraint generations_idempotency_key_check check (char_length(idempotency_key) between 1 and 255);

comment on column public.generations.idempotency_key is
'Chosen by the caller; a second submit of the same user with the same key gets the first one''s generation.';

-- the user's own list, the per-user limit, the cleanup, and a submit that is repeated
create index if not exists generations_user_created_idx on public.generations (user_id, created_at desc);
create index if not exists generations_user_active_idx on public.generations (user_id, created_at)
where status in ('pending', 'queued', 'processing');
create index if not exists generations_active_idx on public.generations (created_at)
where status in ('pending', 'queued', 'processing');
create index if not exists generations_deletable_idx on public.generations (created_at)
where status in ('failed', 'cancelled');
create unique index if not exists generations_idempotency_key on public.generations (user_id, idempotency_key)
where idempotency_key is not null;

create table if not exists public.replicate_tokens (
  id serial primary key,
  token text not null constraint replicate_tokens_token_key unique,
  is_active boolean default true,
  last_used_at timestamptz,
  request_count integer default 0,
  error_count integer default 0,
  last_error text,
  last_error_at timestamptz,
  created_at timestamptz default now()
) with (fillfactor = 50);

alter table public.replicate_tokens
add column if not exists name text,
add column if not exists fingerprint text,
add column if not exists account_id bigint references basepool.accounts (id),
add column if not exists max_in_flight integer not null default 10
constraint replicate_tokens_max_in_flight_check check (max_in_flight between 1 and 1000),
add column if not exists weight integer not null default 1
constraint replicate_tokens_weight_check check (weight between 1 and 100),
add column if not exists turn bigint not null default 0,
add column if not exists last_turn bigint not null default 0,
add column if not exists suspended_at timestamptz,
add column if not exists suspended_until timestamptz,
add column if not exists suspended_reason text,
add column if not exists failure_streak integer not null default 0,
add column if not exists probed_at timestamptz;

create unique index if not exists replicate_tokens_fingerprint_key on public.replicate_tokens (fingerprint);
create index if not exists replicate_tokens_account_idx on public.replicate_tokens (account_id);

comment on column public.replicate_tokens.token is 'The secret, or a reference into Vault where there is one.';
comment on column public.replicate_tokens.is_active is
'Whether the token may be chosen. False when an operator disabled it or basepool suspended it (suspended_until says until
when); set to true by hand it ends a suspension.';
comment on column public.replicate_tokens.fingerprint is 'sha256 of the secret, so that no token is added twice.';
comment on column public.replicate_tokens.account_id is 'The account that pays for what this token creates.';
comment on column public.replicate_tokens.max_in_flight is 'Predictions in flight at once: one basepool.slots row each.';
comment on column public.replicate_tokens.weight is 'Share of the leases relative to other tokens.';
comment on column public.replicate_tokens.turn is 'Virtual time of the next lease: the lowest turn is next.';
comment on column public.replicate_tokens.last_turn is
'Virtual time of the last lease. The highest one in the pool is the pool''s time: a token that comes back starts there.';
comment on column public.replicate_tokens.suspended_until is
'When one lease will probe the suspended token; shortly before, Replicate is asked whether it knows the token again.';
comment on column public.replicate_tokens.probed_at is 'When Replicate was last asked about the suspended token.';

-- each token that is there already starts in an account of its own
do $accounts$
declare
  v_token record;
  v_account_id bigint;
begin
  for v_token in select id, token from public.replicate_tokens where account_id is null order by id loop
    insert into basepool.accounts default values returning id into v_account_id;
    update public.replicate_tokens
    set account_id = v_account_id, fingerprint = encode(sha256(convert_to(v_token.token, 'UTF8')), 'hex')
    where id = v_token.id;
  end loop;
end
$accounts$;

alter table public.replicate_tokens alter column account_id set not null;
