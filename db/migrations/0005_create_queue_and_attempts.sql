-- What waits, what runs, and what came in. The attempt in flight is the lease: nothing counts leases, so nothing drifts.

create table basepool.user_limits (
  user_id uuid primary key,
  max_active integer check (max_active >= 0),
  weight integer not null default 1 check (weight between 1 and 1000),
  priority smallint not null default 0,
  finish_tag bigint not null default 0
) with (fillfactor = 50);

comment on table basepool.user_limits is
'One row per user who ever submitted; its lock makes the limit exact. Rows appear by themselves.';
comment on column basepool.user_limits.max_active is 'Overrides settings.user_active_limit for this user.';
comment on column basepool.user_limits.weight is 'Share of the pool relative to other users.';
comment on column basepool.user_limits.priority is 'Higher goes first, whatever the shares.';
comment on column basepool.user_limits.finish_tag is 'Virtual time at which all that this user submitted is served.';

create table basepool.queue (
  generation_id uuid primary key references public.generations (id) on delete cascade,
  user_id uuid not null,
  priority smallint not null,
  tag bigint not null,
  run_after timestamptz,
  queued_at timestamptz not null
);

comment on table basepool.queue is 'One narrow row per generation that waits; gone when it is claimed or no longer pending.';
comment on column basepool.queue.tag is
'Start-time fair queueing: the user''s own virtual time, so that a thousand rows of one user do not delay another''s first.';
comment on column basepool.queue.run_after is 'A retry waits until then; null once it is due.';

create index queue_head_idx on basepool.queue (priority desc, tag, generation_id) where run_after is null;
create index queue_delayed_idx on basepool.queue (run_after) where run_after is not null;

create table basepool.slots (
  token_id integer not null references public.replicate_tokens (id) on delete cascade,
  slot_no integer not null check (slot_no > 0),
  primary key (token_id, slot_no)
);

comment on table basepool.slots is
'The numbered places of a token: as many rows as max_in_flight. A lease points at one and no two leases at the same, so no
code, ours or anybody''s, can have more in flight.';

create table basepool.error_rules (
  name text primary key,
  position integer not null unique,
  source text not null check (source in ('http', 'transport', 'prediction')),
  statuses integer [],
  pattern text,
  concerns text not null check (concerns in ('request', 'token', 'account', 'provider', 'unknown')),
  action text not null check (action in ('fail', 'retry', 'find_out')),
  retry_after interval check (retry_after >= '0 seconds'),
  max_retries integer not null default 0 check (max_retries >= 0),
  cool_down interval check (cool_down > '0 seconds'),
  credit text check (credit in ('low', 'none')),
  evidence text not null,
  check (action = 'retry' or max_retries = 0),
  check (cool_down is null or concerns in ('token', 'account'))
);

comment on table basepool.error_rules is
'What an answer of Replicate means and what follows; the first match by position decides. Edit it like any data.';
comment on column basepool.error_rules.source is
'http: an answer to a create; transport: no answer; prediction: the error of a prediction that ended.';
comment on column basepool.error_rules.statuses is 'HTTP statuses that match; null: any.';
comment on column basepool.error_rules.pattern is 'Regular expression over the error text, case-insensitive; null: any.';
comment on column basepool.error_rules.concerns is
'Whose fault it is: only token and account are ever held responsible. They are out of the round while they cool down, so a
retry goes to another one; after an error of the request or the provider it may be the same.';
comment on column basepool.error_rules.action is
'fail: final. retry: again, at most max_retries times. find_out: the request may have been carried out; never repeat it.';
comment on column basepool.error_rules.retry_after is
'Delay of the first retry, doubled each time; a retry_after in the answer is obeyed instead.';
comment on column basepool.error_rules.cool_down is
'How long the token is suspended or the account cools down, doubled with each failure in a row, at most an hour.';
comment on column basepool.error_rules.credit is 'What the error says about the account''s credit.';
comment on column basepool.error_rules.evidence is 'Where this is known from.';

create table basepool.attempts (
  id uuid primary key default gen_random_uuid(),
  generation_id uuid references public.generations (id) on delete set null,
  attempt_no integer not null check (attempt_no > 0),
  token_id integer not null,
  account_id bigint not null references basepool.accounts (id),
  slot_no integer,
  state text not null check (
    state in ('submitting', 'running', 'unknown', 'succeeded', 'failed', 'canceled', 'aborted', 'rejected')
  ),
  worker text not null,
  model text not null,
  queue_tag bigint not null,
  queued_at timestamptz not null,
  leased_at timestamptz not null,
  answer_due_at timestamptz not null,
  submitted_at timestamptz,
  finished_at timestamptz,
  prediction_id text unique,
  prediction_status text,
  predict_seconds numeric,
  http_status integer,
  error text,
  error_rule text references basepool.error_rules (name) on update cascade,
  decision text,
  check_at timestamptz,
  cancel_requested_at timestamptz,
  cancel_done_at timestamptz,
  foreign key (token_id, slot_no) references basepool.slots (token_id, slot_no),
  constraint attempts_in_flight_has_slot check (
    (state in ('submitting', 'running', 'unknown')) = (slot_no is not null)
  ),
  constraint attempts_over_has_end check ((slot_no is null) = (finished_at is not null))
) with (fillfactor = 70);

comment on table basepool.attempts is
'One row per try at Replicate. While slot_no is set it is the lease on that slot of the token.';
comment on column basepool.attempts.token_id is
'The token that was used. History outlives tokens, so only a lease (slot_no) is tied to one by a foreign key.';
comment on column basepool.attempts.state is
'submitting: the call is under way. running: Replicate has it. unknown: the answer was lost, it may exist. rejected:
Replicate said no. The others are how a prediction ended (aborted: before it started, free of charge).';
comment on column basepool.attempts.answer_due_at is 'When a call that has not been answered counts as lost.';
comment on column basepool.attempts.prediction_status is 'Replicate''s last word, also where we do not know the word.';
comment on column basepool.attempts.predict_seconds is 'metrics.predict_time: what Replicate charges for.';
comment on column basepool.attempts.decision is 'What followed from error_rule, in words.';
comment on column basepool.attempts.check_at is 'When Replicate is asked, should no webhook have come.';
comment on column basepool.attempts.cancel_requested_at is 'The glue cancels the prediction at Replicate until cancel_done_at.';

create unique index attempts_slot_key on basepool.attempts (token_id, slot_no) where slot_no is not null;
create unique index attempts_one_in_flight_key on basepool.attempts (generation_id) where slot_no is not null;
create unique index attempts_number_key on basepool.attempts (generation_id, attempt_no);
create index attempts_account_idx on basepool.attempts (account_id);
create index attempts_error_rule_idx on basepool.attempts (error_rule) where error_rule is not null;
create index attempts_leased_idx on basepool.attempts (leased_at);
create index attempts_unanswered_idx on basepool.attempts (answer_due_at) where state = 'submitting';
create index attempts_check_idx on basepool.attempts (account_id, check_at) where slot_no is not null and prediction_id is not null;
create index attempts_cancel_idx on basepool.attempts (account_id, cancel_requested_at)
where cancel_requested_at is not null and cancel_done_at is null;

create table basepool.webhook_events (
  webhook_id text primary key,
  attempt_id uuid not null,
  prediction_id text,
  prediction_status text,
  received_at timestamptz not null,
  outcome text not null
);

comment on table basepool.webhook_events is
'The inbox, unique by webhook-id: what came in and what became of it, refused ones too. No foreign key to attempts,
because what names an unknown attempt is to be seen here as well.';

create index webhook_events_received_idx on basepool.webhook_events (received_at);
create index webhook_events_attempt_idx on basepool.webhook_events (attempt_id);

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
  account_id bigint not null references basepool.accounts (id),
  hour timestamptz not null,
  leases integer not null,
  succeeded integer not null,
  failed integer not null,
  canceled integer not null,
  rejected integer not null,
  open integer not null,
  predict_seconds numeric not null,
  errors jsonb not null,
  queue_p50 numeric,
  queue_p95 numeric,
  submit_p50 numeric,
  submit_p95 numeric,
  predict_p50 numeric,
  predict_p95 numeric,
  primary key (token_id, hour)
);

comment on table basepool.token_stats is
'Attempts per token and hour of their lease, rolled up by the job rollup. They add up: leases is the sum of the outcomes.';

comment on column basepool.token_stats.predict_seconds is 'What Replicate charged for.';
comment on column basepool.token_stats.errors is 'How many attempts each error rule decided: {"throttled": 3}.';
comment on column basepool.token_stats.queue_p50 is 'Median of the seconds between queue and lease; p95 the 95th percentile.';
comment on column basepool.token_stats.submit_p50 is 'The same between lease and Replicate''s answer to the create.';
comment on column basepool.token_stats.predict_p50 is 'The same of metrics.predict_time.';

create index token_stats_account_idx on basepool.token_stats (account_id);

alter table basepool.user_limits enable row level security;
alter table basepool.queue enable row level security;
alter table basepool.slots enable row level security;
alter table basepool.error_rules enable row level security;
alter table basepool.attempts enable row level security;
alter table basepool.webhook_events enable row level security;
alter table basepool.job_runs enable row level security;
alter table basepool.token_stats enable row level security;

insert into basepool.slots (token_id, slot_no)
select
  t.id,
  s.slot_no
from public.replicate_tokens as t
cross join lateral generate_series(1, t.max_in_flight) as s (slot_no);
