-- Locks: public.generations, public.replicate_tokens
-- The app's own two tables, and the accounts that its tokens belong to. What exists is kept as it is and only gets what is missing;
-- what does not is made the way the app has it. No foreign key to a users table: on Supabase that is the app's affair.

-- limits, credit, cooldown and the webhook secret belong to an account at Replicate; tokens only open its door
create table basepool.accounts (
  id bigint generated always as identity primary key,
  username text unique check (username <> ''),
  kind text check (kind in ('user', 'organization')),
  webhook_secret text check (webhook_secret <> ''),
  former_webhook_secret text check (former_webhook_secret <> ''),
  former_until timestamptz,
  creates_per_minute integer not null default 600 check (creates_per_minute > 0),
  burst integer check (burst > 0),
  creates_at_once integer not null generated always as (
    greatest(1, least(coalesce(burst, creates_per_minute / 10), creates_per_minute - 1))
  ) stored,
  reads_per_minute integer not null default 3000 check (reads_per_minute > 0),
  reads_spent bigint not null default 0,
  credit text not null default 'ok' check (credit in ('ok', 'low', 'none')),
  throttled_per_minute integer check (throttled_per_minute > 0),
  throttled_burst integer check (throttled_burst > 0),
  throttled_until timestamptz,
  cooled_at timestamptz,
  cooldown_until timestamptz,
  cooldown_reason text,
  probing_until timestamptz,
  paused_at timestamptz,
  paused_until timestamptz,
  paused_by text,
  pause_reason text,
  failure_streak integer not null default 0 check (failure_streak >= 0),
  budget_seconds_per_day numeric check (budget_seconds_per_day > 0),
  budget_usd_per_day numeric check (budget_usd_per_day > 0),
  over_budget_until timestamptz,
  over_budget_reason text,
  created_at timestamptz not null default now(),
  check ((cooldown_until is null) = (cooled_at is null)),
  check ((throttled_until is null) = (throttled_per_minute is null)),
  check ((paused_until is null) = (paused_at is null) and (paused_at is null) = (paused_by is null)),
  check ((former_until is null) = (former_webhook_secret is null))
) with (fillfactor = 50);

comment on table basepool.accounts is
'One row per Replicate account. A new token starts in an account of its own, without a name, until Replicate was asked.';
comment on column basepool.accounts.username is 'As GET /v1/account says; null until somebody asked.';
comment on column basepool.accounts.webhook_secret is 'whsec_…, or a reference into Vault where there is one.';
comment on column basepool.accounts.former_webhook_secret is
'The one that was replaced. It still verifies webhooks until former_until, because Replicate may have signed with it; then it is
forgotten.';
comment on column basepool.accounts.creates_per_minute is
'Creates Replicate allows in any 60 seconds (600, https://replicate.com/docs/topics/predictions/rate-limits).';
comment on column basepool.accounts.burst is 'Creates at once, at most; null: a tenth of creates_per_minute.';
comment on column basepool.accounts.creates_at_once is 'What follows from burst; every claim needs it (_burst).';
comment on column basepool.accounts.reads_per_minute is
'Everything else Replicate allows in any 60 seconds (3,000, the same source).';
comment on column basepool.accounts.reads_spent is 'What limiters.creates_spent is for creates, for everything else.';
comment on column basepool.accounts.credit is
'As Replicate''s answers say: low (it throttles), none (402); ok again when it has accepted a create.';
comment on column basepool.accounts.throttled_per_minute is
'The lower limit Replicate announced (6 a minute with little credit); counts until throttled_until.';
comment on column basepool.accounts.throttled_burst is
'How many at once Replicate announced with it; an own burst that is lower counts.';
comment on column basepool.accounts.cooled_at is
'When the cooldown began: what is refused to calls that were leased before is part of it, and counts no second time.';
comment on column basepool.accounts.cooldown_until is
'No lease before. Only ever extended; once it has passed, or a probe finds that the account answers, one lease tries it, and its
success resets this.';
comment on column basepool.accounts.probing_until is
'One lease is trying it, and until then there is no other. It says nothing about the account: an answer ends it.';
comment on column basepool.accounts.paused_until is
'A person lets none of its tokens have a lease before (basepool.pause): infinity until resume. Others'' pauses are in
basepool.pauses; this one is here because every claim reads the account anyway.';
comment on column basepool.accounts.budget_seconds_per_day is
'As the setting of this name, for this account alone. Its tokens get no lease beyond it, the others'' do.';
comment on column basepool.accounts.over_budget_until is
'No lease before: its budget, or that of all, is used up (_watch_budgets). Compared by every claim.';
comment on column basepool.accounts.failure_streak is 'Cooldowns in a row without a success; the backoff grows with it.';

alter table basepool.accounts enable row level security;

-- apart from the accounts, so that nobody but who leases waits for these rows, and narrow, because every claim writes them: a page
-- has room for the versions that a vacuum has yet to remove
create table basepool.limiters (
  account_id bigint primary key references basepool.accounts (id) on delete cascade,
  creates_spent bigint not null default 0,
  turn bigint not null default 0,
  served_tag bigint not null default 0
) with (fillfactor = 10, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);

comment on table basepool.limiters is
'One row per account, and what its leases have used up. Its lock is the right to lease: who claims holds it, and nobody else.';
comment on column basepool.limiters.creates_spent is
'Theoretical arrival time of the rate limiter (GCRA), in microseconds since 1970: how far into the future the creates granted so
far reach.';
comment on column basepool.limiters.turn is
'The highest turn that was leased. The highest of all accounts is where the round is.';
comment on column basepool.limiters.served_tag is
'The highest queue tag that was leased: the queue''s virtual time when it is empty.';

alter table basepool.limiters enable row level security;

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

-- what of it is not ours
insert into basepool.replaced (kind, name, restore)
select
  'column',
  'generations.' || a.attname,
  null
from pg_catalog.pg_attribute as a
where a.attrelid = 'public.generations'::regclass and a.attnum > 0 and not a.attisdropped
union all
select
  'index',
  c.relname,
  null
from pg_catalog.pg_index as i
inner join pg_catalog.pg_class as c on i.indexrelid = c.oid
where i.indrelid = 'public.generations'::regclass
union all
select
  'table right',
  'generations',
  format('revoke %s on public.generations from service_role', w.privilege)
from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as w (privilege)
where (select s.adopted from basepool.settings as s) and not exists (
  select from pg_catalog.pg_class as c
  cross join lateral aclexplode(c.relacl) as a
  where c.oid = 'public.generations'::regclass and a.grantee = 'service_role'::regrole and a.privilege_type = w.privilege
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
add column if not exists queued_at timestamptz,
add column if not exists settled_at timestamptz,
add column if not exists retry_of uuid,
add column if not exists idempotency_key text;

-- not looked at in every row under this lock: 0016 does that, when the lock is gone
do $check$
begin
  if not exists (
    select from pg_catalog.pg_constraint as c
    where c.conrelid = 'public.generations'::regclass and c.conname = 'generations_idempotency_key_check'
  ) then
    alter table public.generations add constraint generations_idempotency_key_check
    check (char_length(idempotency_key) between 1 and 255) not valid;
  end if;
end
$check$;

comment on column public.generations.queued_at is
'When basepool took it on (basepool.owns). Null: the app calls Replicate for it by itself, and basepool leaves it alone but for the
cleanup. Set by the door; whoever sets it in a pending row of the app hands that over, whoever empties it takes it back.';
comment on column public.generations.retry_of is
'The failed generation that this one runs again (basepool.retry_generations), once. It may have been deleted since.';
comment on column public.generations.settled_at is
'When it ended for the first time, and public.on_generation_settled was called. A late success does not change it.';
comment on column public.generations.idempotency_key is
'Chosen by the caller; a second submit of the same user with the same key gets the first one''s generation.';

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

-- what of it is not ours
insert into basepool.replaced (kind, name, restore)
select
  'column',
  'replicate_tokens.' || a.attname,
  null
from pg_catalog.pg_attribute as a
where a.attrelid = 'public.replicate_tokens'::regclass and a.attnum > 0 and not a.attisdropped
union all
select
  'index',
  c.relname,
  null
from pg_catalog.pg_index as i
inner join pg_catalog.pg_class as c on i.indexrelid = c.oid
where i.indrelid = 'public.replicate_tokens'::regclass
union all
select
  'comment',
  'replicate_tokens.' || a.attname,
  format('comment on column public.replicate_tokens.%I is %L', a.attname, pg_catalog.col_description(a.attrelid, a.attnum))
from pg_catalog.pg_attribute as a
where a.attrelid = 'public.replicate_tokens'::regclass and a.attname in ('token', 'is_active')
union all
select
  'table right',
  'replicate_tokens',
  format('revoke %s on public.replicate_tokens from service_role', w.privilege)
from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as w (privilege)
where (
    select s.adopted and not coalesce('fillfactor=50' = any(c.reloptions), false)
    from basepool.settings as s
    inner join pg_catalog.pg_class as c on c.oid = 'public.replicate_tokens'::regclass
  ) and not exists (
  select from pg_catalog.pg_class as c
  cross join lateral aclexplode(c.relacl) as a
  where c.oid = 'public.replicate_tokens'::regclass and a.grantee = 'service_role'::regrole and a.privilege_type = w.privilege
);

alter table public.replicate_tokens
add column if not exists name text,
add column if not exists fingerprint text,
add column if not exists account_id bigint references basepool.accounts (id),
add column if not exists max_in_flight integer not null default 10
constraint replicate_tokens_max_in_flight_check check (max_in_flight between 1 and 1000),
add column if not exists weight integer not null default 1
constraint replicate_tokens_weight_check check (weight between 1 and 100),
add column if not exists has_surplus_seats boolean not null default false,
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
comment on column public.replicate_tokens.max_in_flight is 'Predictions in flight at once: one basepool.seats row each.';
comment on column public.replicate_tokens.weight is 'Share of the leases relative to other tokens.';
comment on column public.replicate_tokens.has_surplus_seats is
'Whether max_in_flight was lowered while more was in flight: until the cleanup finds that it has ended, leases are counted.';
comment on column public.replicate_tokens.suspended_until is
'When one lease will probe the suspended token; shortly before, Replicate is asked whether it knows the token again.';
comment on column public.replicate_tokens.probed_at is 'When Replicate was last asked about the suspended token.';

-- each token that is there already starts in an account of its own
do $accounts$
declare
  v_token record;
  v_account_id bigint;
  v_fingerprint text;
begin
  for v_token in select id, token from public.replicate_tokens where account_id is null order by id loop
    insert into basepool.accounts default values returning id into v_account_id;
    insert into basepool.limiters (account_id) values (v_account_id);
    -- as _trim_secret will have it; where several differ in white space only, all but the first have one of their own
    v_fingerprint := encode(sha256(convert_to(btrim(v_token.token, E' \t\r\n\u00a0\u200b\ufeff'), 'UTF8')), 'hex');
    if exists (select from public.replicate_tokens where fingerprint = v_fingerprint) then
      v_fingerprint := encode(sha256(convert_to(v_token.token || ' ' || v_token.id, 'UTF8')), 'hex');
    end if;
    update public.replicate_tokens set account_id = v_account_id, fingerprint = v_fingerprint where id = v_token.id;
  end loop;
end
$accounts$;

alter table public.replicate_tokens alter column account_id set not null;

-- two functions of the app are ours from now on: db/functions/, applied right after, brings them. Its own are kept beside them, for
-- the way back; nobody may call them here.

do $keep$
declare
  v_old record;
begin
  for v_old in
    select p.proname as name, p.oid::regprocedure as signature, pg_catalog.pg_get_function_identity_arguments(p.oid) as arguments
    from pg_catalog.pg_proc as p
    where
      p.oid in (to_regprocedure('public.get_next_replicate_token()'), to_regprocedure('public.get_generation_counts(uuid)'))
  loop
    insert into basepool.replaced (kind, name, restore)
    select 'function right', v_old.name
      , format('grant execute on function public.%I(%s) to %s%s', v_old.name, v_old.arguments
        , case when g.grantee = 0 then 'public' else g.grantee::regrole::text end
        , case when g.is_grantable then ' with grant option' else '' end)
    from pg_catalog.pg_proc as p
    cross join lateral aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) with ordinality
      as g (grantor, grantee, privilege_type, is_grantable, nth)
    where p.oid = v_old.signature
    order by g.nth;
    execute format('alter function %s set schema basepool', v_old.signature);
    execute format('alter function basepool.%I(%s) rename to %I', v_old.name, v_old.arguments, 'replaced_' || v_old.name);
    execute format(
      'revoke all on function basepool.%I(%s) from public, anon, authenticated, service_role', 'replaced_' || v_old.name
      , v_old.arguments
    );
  end loop;
end
$keep$;
