-- The jobs, who works, and what is known of the past: what the jobs and people did, how the tokens did, how long models take.
-- Rolled up, so that history can be pruned.

-- a call is executed as it stands here, by a definer function: it can be nothing but a private function without arguments
create table basepool.jobs (
  name text primary key check (name ~ '^[a-z]+(-[a-z]+)*$'),
  runs_in text not null check (runs_in in ('database', 'glue')),
  schedule text,
  call text check (call ~ '^basepool\.(_[a-z_]+|watch)\(\)$'),
  does text not null,
  cron_job_id bigint unique,
  check ((runs_in = 'database') = (schedule is not null)),
  check ((runs_in = 'database') = (call is not null))
);

comment on table basepool.jobs is 'Every job there is. Written by db/jobs.sql only, which make migrate applies.';
comment on column basepool.jobs.runs_in is
'database: basepool.run_job executes its call. glue: it needs Replicate; basepool work does it all the time, basepool run-job
and /api/cron/{job} once.';
comment on column basepool.jobs.schedule is 'When pg_cron runs it, as cron writes it, in UTC.';
comment on column basepool.jobs.does is 'What it does, for people, in one line.';
comment on column basepool.jobs.cron_job_id is
'The job of pg_cron that was made for it. Whatever else pg_cron has, under whatever name, is somebody else''s. Null: not
scheduled.';

-- who calls the glue over HTTP where no process can loop: a row once basepool.schedule_glue() was called
create table basepool.glue_schedule (
  id boolean primary key default true check (id),
  url text not null check (url ~ '^https?://[^[:space:]?#]+[^[:space:]?#/]$'),
  secret text not null check (secret <> ''),
  is_ours boolean not null
);

comment on table basepool.glue_schedule is
'Where the glue is called by pg_cron and pg_net. Change it with basepool.schedule_glue() and basepool.unschedule_glue().';
comment on column basepool.glue_schedule.secret is 'CRON_SECRET of the glue, or a reference into Vault.';
comment on column basepool.glue_schedule.is_ours is 'Whether what it refers to in Vault was put there by schedule_glue.';

alter table basepool.glue_schedule enable row level security;

create table basepool.glue_calls (
  job text primary key,
  cron_job_id bigint unique,
  called_at timestamptz,
  requests bigint [] not null default '{}'
) with (fillfactor = 20);

comment on table basepool.glue_calls is
'The jobs of the glue that are called over HTTP: when last, and the last requests of pg_net for each.';

alter table basepool.glue_calls enable row level security;

create table basepool.job_runs (
  id bigint generated always as identity primary key,
  job text not null,
  trigger text not null,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  ok boolean not null,
  result jsonb,
  error text
);

comment on table basepool.job_runs is 'What each run of a job did, or why it failed.';

create index job_runs_job_idx on basepool.job_runs (job, started_at desc);
create index job_runs_started_idx on basepool.job_runs (started_at);

create table basepool.token_stats (
  token_id integer not null,
  account_id bigint not null,
  hour timestamptz not null,
  leases integer not null,
  succeeded integer not null,
  failed integer not null,
  canceled integer not null,
  rejected integer not null,
  open integer not null,
  predict_seconds numeric not null,
  errors jsonb not null,
  queue_buckets jsonb not null default '{}',
  submit_buckets jsonb not null default '{}',
  predict_buckets jsonb not null default '{}',
  primary key (token_id, hour)
);

comment on table basepool.token_stats is
'Attempts per token and hour of their lease, rolled up by the job rollup. They add up: leases is the sum of the
outcomes. No foreign key to accounts: its check would lock one while the tokens'' counters are yet to be written.';

comment on column basepool.token_stats.predict_seconds is 'What Replicate charged for.';
comment on column basepool.token_stats.errors is 'How many attempts each error rule decided: {"throttled": 3}.';
comment on column basepool.token_stats.queue_buckets is
'How many waited how long between queue and lease, by bucket (_bucket_bounds): {"17": 3}. Unlike percentiles they add up.';
comment on column basepool.token_stats.submit_buckets is 'The same between lease and Replicate''s answer to the create.';
comment on column basepool.token_stats.predict_buckets is 'The same of metrics.predict_time.';

create index token_stats_account_idx on basepool.token_stats (account_id);
create index token_stats_hour_idx on basepool.token_stats (hour);
create index token_stats_open_idx on basepool.token_stats (token_id) where open > 0;

-- how long silence is normal depends on the model: an image is there in seconds, a video takes minutes
create table basepool.model_stats (
  model text primary key,
  runs integer not null check (runs > 0),
  p50 interval not null,
  p95 interval not null,
  updated_at timestamptz not null
);

comment on table basepool.model_stats is
'How long predictions of a model took from create to end, learned by the job rollup from those that succeeded in the last week.';
comment on column basepool.model_stats.p95 is 'What is silent for half as long again is asked for.';

-- what was spent: the money view, and what budgets go by
create table basepool.spending (
  account_id bigint not null,
  hour timestamptz not null,
  runs integer not null,
  seconds numeric not null,
  usd numeric not null,
  primary key (account_id, hour)
);

comment on table basepool.spending is
'What the predictions of an account that ended in an hour have cost, by the prices of basepool.models when they were counted
(_count_attempts).';
comment on column basepool.spending.seconds is 'Of metrics.predict_time.';

-- who works is known, so that nobody has to guess why nothing is claimed
create table basepool.workers (
  name text primary key,
  version text not null,
  schema_version integer not null,
  since timestamptz not null,
  heard_at timestamptz not null,
  doing text not null,
  hands integer not null check (hands > 0),
  hands_free integer not null check (hands_free between 0 and hands),
  busy_since timestamptz,
  orders_webhooks boolean not null
) with (fillfactor = 20);

comment on table basepool.workers is
'One row per worker that was heard of (basepool.heartbeat); gone when it stops, pruned when it is silent for long. No index but
the key: a heartbeat shall change none.';
comment on column basepool.workers.version is 'The release of the glue.';
comment on column basepool.workers.schema_version is 'The version of the schema that it was made for.';
comment on column basepool.workers.since is 'When it was heard of first.';
comment on column basepool.workers.heard_at is 'Its last heartbeat.';
comment on column basepool.workers.doing is 'What it does, in its own words.';
comment on column basepool.workers.hands is 'Calls to Replicate that it makes at once.';
comment on column basepool.workers.busy_since is 'Since when none of its hands has been free, as far as its heartbeats say.';
comment on column basepool.workers.orders_webhooks is 'Whether it tells Replicate where to announce results (PUBLIC_URL).';

-- what people did: what they changed says nothing of them
create table basepool.audit (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  action text not null check (action <> ''),
  target text,
  details jsonb not null,
  login text not null,
  role text not null,
  application text not null,
  actor text check (actor <> '')
);

comment on table basepool.audit is
'Who did what: one row per command that changed something, written by the function that did it (_audit). No secrets. Kept for
settings.keep_audit_for.';
comment on column basepool.audit.action is 'The command, as basepool names it: tokens disable, settings set, cancel ...';
comment on column basepool.audit.target is 'What it was done to: the id of a token, a generation or a user, a setting, a job.';
comment on column basepool.audit.details is
'What was asked for and what came of it. What was changed by name: {was, is}; what is missing there was nothing, or is nothing.';
comment on column basepool.audit.login is 'The role that had logged in.';
comment on column basepool.audit.role is 'The role it acted as (set role), the same one as a rule.';
comment on column basepool.audit.application is
'As the client names itself. The command line says basepool and user@machine. It proves nothing: whoever logs in may say anything.';

comment on column basepool.audit.actor is
'Who it was that login acted for, where many share one: the operator who is signed in to the page. Null: login is who.';

create index audit_at_idx on basepool.audit (at);

alter table basepool.audit enable row level security;
alter table basepool.workers enable row level security;
alter table basepool.jobs enable row level security;
alter table basepool.job_runs enable row level security;
alter table basepool.token_stats enable row level security;
alter table basepool.model_stats enable row level security;
alter table basepool.spending enable row level security;
