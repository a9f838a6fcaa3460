-- What an empty database gets, to be read and compared, not to be run: made by `make schema`, never edited. Functions and
-- views have no bodies here; those are in db/. Every right that somebody other than the owner has is written out, also those
-- that PUBLIC has by default: where no grant is shown there is none.

create schema public;
comment on schema public is
'standard public schema';
grant usage on schema public to anon, authenticated, public, service_role;

create schema basepool;
comment on schema basepool is
'The generation backend: queue, token pool, limits, jobs. Not exposed by PostgREST. What begins with _ is for functions of this
schema only. What basepool_glue may execute is security definer, because that role reads no table.';
grant usage on schema basepool to basepool_glue, basepool_metrics, basepool_operator, service_role;

create sequence public.replicate_tokens_id_seq as integer increment by 1 minvalue 1 maxvalue 2147483647 start with 1 cache 1 owned by public.replicate_tokens.id;
grant usage on sequence public.replicate_tokens_id_seq to service_role;

create table public.generations (
  id uuid default gen_random_uuid() not null,
  user_id uuid not null,
  workspace_id uuid,
  action text not null,
  model_id text not null,
  model_name text not null,
  replicate_model text not null,
  prompt text,
  input_image_url text,
  input_video_url text,
  settings jsonb default '{}'::jsonb,
  status text default 'pending'::text,
  output_urls text[],
  output_thumbs text[],
  output_text text,
  replicate_prediction_id text,
  replicate_token_index integer,
  processing_time_ms integer,
  error_message text,
  cost_credits integer default 1,
  cost_usd numeric(10,6),
  viewed boolean default false,
  viewed_at timestamp with time zone,
  is_favorite boolean default false not null,
  is_keyframe_segment boolean default false,
  created_at timestamp with time zone default now(),
  started_at timestamp with time zone,
  completed_at timestamp with time zone,
  replicate_input jsonb,
  replicate_output jsonb,
  queued_at timestamp with time zone,
  settled_at timestamp with time zone,
  retry_of uuid,
  idempotency_key text,
  constraint generations_pkey primary key (id),
  constraint generations_replicate_prediction_id_key unique (replicate_prediction_id),
  constraint generations_action_check check ((action = any (array['create'::text, 'edit'::text, 'upscale'::text, 'remove_bg'::text, 'inpaint'::text, 'expand'::text, 'video_create'::text, 'video_i2v'::text, 'video_edit'::text, 'video_upscale'::text, 'video_keyframes'::text, 'analyze_describe'::text, 'analyze_ocr'::text, 'analyze_prompt'::text]))),
  constraint generations_idempotency_key_check check (((char_length(idempotency_key) >= 1) and (char_length(idempotency_key) <= 255))),
  constraint generations_status_check check ((status = any (array['pending'::text, 'queued'::text, 'processing'::text, 'completed'::text, 'failed'::text, 'cancelled'::text])))
);
comment on column public.generations.queued_at is
'When basepool took it on (basepool.owns). Null: the app calls Replicate for it by itself, and basepool leaves it alone but for the
cleanup. Set by the door; whoever sets it in a pending row of the app hands that over, whoever empties it takes it back.';
comment on column public.generations.settled_at is
'When it ended for the first time, and public.on_generation_settled was called. A late success does not change it.';
comment on column public.generations.retry_of is
'The failed generation that this one runs again (basepool.retry_generations), once. It may have been deleted since.';
comment on column public.generations.idempotency_key is
'Chosen by the caller; a second submit of the same user with the same key gets the first one''s generation.';
create index generations_active_idx on public.generations using btree (created_at) where (status = any (array['pending'::text, 'queued'::text, 'processing'::text]));
create index generations_deletable_idx on public.generations using btree (created_at) where (status = any (array['failed'::text, 'cancelled'::text]));
create unique index generations_idempotency_key on public.generations using btree (user_id, idempotency_key) where (idempotency_key is not null);
create unique index generations_retry_key on public.generations using btree (retry_of) where (retry_of is not null);
create index generations_user_active_idx on public.generations using btree (user_id, created_at) where (status = any (array['pending'::text, 'queued'::text, 'processing'::text]));
create index generations_user_created_idx on public.generations using btree (user_id, created_at desc);
create trigger _guard_insert before insert on public.generations for each row when (((current_user = any (array['anon'::name, 'authenticated'::name])) and ((new.queued_at is not null) or (new.settled_at is not null) or (new.retry_of is not null)))) execute function basepool._guard_generation();
create trigger _guard_update before update on public.generations for each row when (((current_user = any (array['anon'::name, 'authenticated'::name])) and ((old.queued_at is not null) or (new.queued_at is not null) or (new.settled_at is distinct from old.settled_at) or (new.retry_of is distinct from old.retry_of) or (new.idempotency_key is distinct from old.idempotency_key)))) execute function basepool._guard_generation();
create trigger admit_generation before insert on public.generations for each row when (((new.status = 'pending'::text) and (new.replicate_prediction_id is null))) execute function basepool._admit_generation();
create trigger admit_handed_over before update of queued_at on public.generations for each row when (((old.queued_at is null) and (new.queued_at is not null))) execute function basepool._admit_generation();
create trigger announce_deleted after delete on public.generations for each row when (((old.settled_at is null) and (old.status = any (array['pending'::text, 'queued'::text, 'processing'::text])))) execute function basepool._announce_settled();
create trigger announce_settled after update of status on public.generations for each row when (((old.settled_at is null) and (new.settled_at is not null))) execute function basepool._announce_settled();
create trigger dequeue_deleted_generation after delete on public.generations for each row when ((old.status = 'pending'::text)) execute function basepool._dequeue_generation();
create trigger dequeue_generation after update of status on public.generations for each row when (((old.status = 'pending'::text) and (new.status is distinct from 'pending'::text))) execute function basepool._dequeue_generation();
create trigger enqueue_generation after insert on public.generations for each row when (((new.queued_at is not null) and (new.status = 'pending'::text) and (new.replicate_prediction_id is null))) execute function basepool._enqueue_generation();
create trigger enqueue_handed_over after update of queued_at on public.generations for each row when (((old.queued_at is null) and (new.queued_at is not null))) execute function basepool._enqueue_generation();
create trigger give_back_retried before update of status on public.generations for each row when (((old.queued_at is not null) and (old.status = any (array['completed'::text, 'failed'::text, 'cancelled'::text])) and (new.status = any (array['pending'::text, 'queued'::text, 'processing'::text])))) execute function basepool._give_back();
create trigger let_go_of_cancelled after update of status on public.generations for each row when (((old.status = any (array['pending'::text, 'queued'::text, 'processing'::text])) and (new.status = 'cancelled'::text))) execute function basepool._let_go_of_generation();
create trigger let_go_of_deleted after delete on public.generations for each row when ((old.status = any (array['pending'::text, 'queued'::text, 'processing'::text]))) execute function basepool._let_go_of_generation();
create trigger let_go_of_failed after update of status on public.generations for each row when (((new.queued_at is not null) and (old.status = any (array['pending'::text, 'queued'::text, 'processing'::text])) and (new.status = 'failed'::text) and (current_setting('basepool.settling'::text, true) is distinct from (new.id)::text))) execute function basepool._let_go_of_generation();
create trigger let_go_of_files after delete on public.generations for each row when (((old.output_urls is not null) or (old.status = 'completed'::text))) execute function basepool._let_go_of_files();
create trigger mark_settled before update of status on public.generations for each row when (((old.settled_at is null) and (old.status = any (array['pending'::text, 'queued'::text, 'processing'::text])) and (new.status = any (array['completed'::text, 'failed'::text, 'cancelled'::text])))) execute function basepool._mark_settled();
create trigger note_change after update of status, output_urls on public.generations for each row when (((old.status is distinct from new.status) or (old.output_urls is distinct from new.output_urls))) execute function basepool._note_change();
create trigger note_new_generation after insert on public.generations for each row execute function basepool._note_change();
create trigger release_generation before update of queued_at on public.generations for each row when (((old.queued_at is not null) and (new.queued_at is null) and (old.status = any (array['pending'::text, 'queued'::text, 'processing'::text])))) execute function basepool._release_generation();
alter table public.generations enable row level security;
create policy users_insert_only_pending on public.generations as restrictive for insert to authenticated with check ((status = 'pending'::text));
create policy users_mark_their_own on public.generations for update to authenticated using ((user_id = ( select auth.uid() as uid))) with check ((user_id = ( select auth.uid() as uid)));
create policy users_see_their_own on public.generations for select to authenticated using ((user_id = ( select auth.uid() as uid)));
create policy users_submit_their_own on public.generations for insert to authenticated with check (((user_id = ( select auth.uid() as uid)) and (status = 'pending'::text)));
grant delete, insert, select, update on table public.generations to service_role;
grant select on table public.generations to authenticated;
grant insert (id, user_id, workspace_id, action, model_id, model_name, replicate_model, prompt, input_image_url, input_video_url, settings, status, is_keyframe_segment, replicate_input, queued_at, idempotency_key) on table public.generations to authenticated;
grant update (viewed, viewed_at, is_favorite) on table public.generations to authenticated;

create table public.replicate_tokens (
  id integer default nextval('public.replicate_tokens_id_seq'::regclass) not null,
  token text not null,
  is_active boolean default true,
  last_used_at timestamp with time zone,
  request_count integer default 0,
  error_count integer default 0,
  last_error text,
  last_error_at timestamp with time zone,
  created_at timestamp with time zone default now(),
  name text,
  fingerprint text,
  account_id bigint not null,
  max_in_flight integer default 10 not null,
  weight integer default 1 not null,
  has_surplus_seats boolean default false not null,
  suspended_at timestamp with time zone,
  suspended_until timestamp with time zone,
  suspended_reason text,
  failure_streak integer default 0 not null,
  probed_at timestamp with time zone,
  constraint replicate_tokens_pkey primary key (id),
  constraint replicate_tokens_token_key unique (token),
  constraint replicate_tokens_account_id_fkey foreign key (account_id) references basepool.accounts(id),
  constraint replicate_tokens_max_in_flight_check check (((max_in_flight >= 1) and (max_in_flight <= 1000))),
  constraint replicate_tokens_weight_check check (((weight >= 1) and (weight <= 100)))
) with (fillfactor=50);
comment on column public.replicate_tokens.token is
'The secret, or a reference into Vault where there is one.';
comment on column public.replicate_tokens.is_active is
'Whether the token may be chosen. False when an operator disabled it or basepool suspended it (suspended_until says until
when); set to true by hand it ends a suspension.';
comment on column public.replicate_tokens.fingerprint is
'sha256 of the secret, so that no token is added twice.';
comment on column public.replicate_tokens.account_id is
'The account that pays for what this token creates.';
comment on column public.replicate_tokens.max_in_flight is
'Predictions in flight at once: one basepool.seats row each.';
comment on column public.replicate_tokens.weight is
'Share of the leases relative to other tokens.';
comment on column public.replicate_tokens.has_surplus_seats is
'Whether max_in_flight was lowered while more was in flight: until the cleanup finds that it has ended, leases are counted.';
comment on column public.replicate_tokens.suspended_until is
'When one lease will probe the suspended token; shortly before, Replicate is asked whether it knows the token again.';
comment on column public.replicate_tokens.probed_at is
'When Replicate was last asked about the suspended token.';
create index replicate_tokens_account_idx on public.replicate_tokens using btree (account_id);
create unique index replicate_tokens_fingerprint_key on public.replicate_tokens using btree (fingerprint);
create trigger forget_secrets after insert or delete or update of token or truncate on public.replicate_tokens for each statement execute function basepool._forget_secrets();
create trigger prepare_token before insert or update of token, is_active on public.replicate_tokens for each row execute function basepool._prepare_token();
create trigger sync_seats after insert or delete or update of max_in_flight, weight, is_active on public.replicate_tokens for each row execute function basepool._sync_seats();
alter table public.replicate_tokens enable row level security;
create policy nobody on public.replicate_tokens for all to public using (false);
grant delete, insert, select, update on table public.replicate_tokens to service_role;

create table basepool.accounts (
  id bigint generated always as identity not null,
  username text,
  kind text,
  webhook_secret text,
  former_webhook_secret text,
  former_until timestamp with time zone,
  creates_per_minute integer default 600 not null,
  burst integer,
  creates_at_once integer generated always as (greatest(1, least(coalesce(burst, (creates_per_minute / 10)), (creates_per_minute - 1)))) stored not null,
  reads_per_minute integer default 3000 not null,
  reads_spent bigint default 0 not null,
  credit text default 'ok'::text not null,
  throttled_per_minute integer,
  throttled_burst integer,
  throttled_until timestamp with time zone,
  cooled_at timestamp with time zone,
  cooldown_until timestamp with time zone,
  cooldown_reason text,
  probing_until timestamp with time zone,
  paused_at timestamp with time zone,
  paused_until timestamp with time zone,
  paused_by text,
  pause_reason text,
  failure_streak integer default 0 not null,
  budget_seconds_per_day numeric,
  budget_usd_per_day numeric,
  over_budget_until timestamp with time zone,
  over_budget_reason text,
  created_at timestamp with time zone default now() not null,
  constraint accounts_pkey primary key (id),
  constraint accounts_username_key unique (username),
  constraint accounts_budget_seconds_per_day_check check ((budget_seconds_per_day > (0)::numeric)),
  constraint accounts_budget_usd_per_day_check check ((budget_usd_per_day > (0)::numeric)),
  constraint accounts_burst_check check ((burst > 0)),
  constraint accounts_check check (((cooldown_until is null) = (cooled_at is null))),
  constraint accounts_check1 check (((throttled_until is null) = (throttled_per_minute is null))),
  constraint accounts_check2 check ((((paused_until is null) = (paused_at is null)) and ((paused_at is null) = (paused_by is null)))),
  constraint accounts_check3 check (((former_until is null) = (former_webhook_secret is null))),
  constraint accounts_creates_per_minute_check check ((creates_per_minute > 0)),
  constraint accounts_credit_check check ((credit = any (array['ok'::text, 'low'::text, 'none'::text]))),
  constraint accounts_failure_streak_check check ((failure_streak >= 0)),
  constraint accounts_former_webhook_secret_check check ((former_webhook_secret <> ''::text)),
  constraint accounts_kind_check check ((kind = any (array['user'::text, 'organization'::text]))),
  constraint accounts_reads_per_minute_check check ((reads_per_minute > 0)),
  constraint accounts_throttled_burst_check check ((throttled_burst > 0)),
  constraint accounts_throttled_per_minute_check check ((throttled_per_minute > 0)),
  constraint accounts_username_check check ((username <> ''::text)),
  constraint accounts_webhook_secret_check check ((webhook_secret <> ''::text))
) with (fillfactor=50);
comment on table basepool.accounts is
'One row per Replicate account. A new token starts in an account of its own, without a name, until Replicate was asked.';
comment on column basepool.accounts.username is
'As GET /v1/account says; null until somebody asked.';
comment on column basepool.accounts.webhook_secret is
'whsec_…, or a reference into Vault where there is one.';
comment on column basepool.accounts.former_webhook_secret is
'The one that was replaced. It still verifies webhooks until former_until, because Replicate may have signed with it; then it is
forgotten.';
comment on column basepool.accounts.creates_per_minute is
'Creates Replicate allows in any 60 seconds (600, https://replicate.com/docs/topics/predictions/rate-limits).';
comment on column basepool.accounts.burst is
'Creates at once, at most; null: a tenth of creates_per_minute.';
comment on column basepool.accounts.creates_at_once is
'What follows from burst; every claim needs it (_burst).';
comment on column basepool.accounts.reads_per_minute is
'Everything else Replicate allows in any 60 seconds (3,000, the same source).';
comment on column basepool.accounts.reads_spent is
'What limiters.creates_spent is for creates, for everything else.';
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
comment on column basepool.accounts.failure_streak is
'Cooldowns in a row without a success; the backoff grows with it.';
comment on column basepool.accounts.budget_seconds_per_day is
'As the setting of this name, for this account alone. Its tokens get no lease beyond it, the others'' do.';
comment on column basepool.accounts.over_budget_until is
'No lease before: its budget, or that of all, is used up (_watch_budgets). Compared by every claim.';
create trigger forget_secrets after delete or update of webhook_secret, former_webhook_secret or truncate on basepool.accounts for each statement execute function basepool._forget_secrets();
alter table basepool.accounts enable row level security;
create policy nobody on basepool.accounts for all to public using (false);

create table basepool.alarms (
  name text not null,
  severity text not null,
  findings text not null,
  remedy text not null,
  constraint alarms_pkey primary key (name),
  constraint alarms_findings_check check ((findings <> ''::text)),
  constraint alarms_name_check check ((name ~ '^[A-Z][A-Za-z]{2,40}$'::text)),
  constraint alarms_remedy_check check ((remedy <> ''::text)),
  constraint alarms_severity_check check ((severity = any (array['page'::text, 'warn'::text])))
);
comment on table basepool.alarms is
'The alarms: which findings of basepool._list_findings each is made of.';
comment on column basepool.alarms.severity is
'page: somebody gets up for it. warn: it waits until the morning.';
comment on column basepool.alarms.findings is
'A pattern for the names of findings: any of them opens it.';
comment on column basepool.alarms.remedy is
'What to do first, in one sentence; docs/operations.md says more.';
alter table basepool.alarms enable row level security;
create policy nobody on basepool.alarms for all to public using (false);

create table basepool.alert_messages (
  id bigint generated always as identity not null,
  alert_id bigint,
  kind text not null,
  body jsonb not null,
  written_at timestamp with time zone not null,
  due_at timestamp with time zone,
  lease uuid,
  leased_until timestamp with time zone,
  request bigint,
  tries integer default 0 not null,
  sent_at timestamp with time zone,
  error text,
  constraint alert_messages_pkey primary key (id),
  constraint alert_messages_alert_id_fkey foreign key (alert_id) references basepool.alerts(id) on delete cascade,
  constraint alert_messages_check check (((alert_id is null) = (kind = any (array['test'::text, 'heartbeat'::text])))),
  constraint alert_messages_check1 check (((lease is null) = (leased_until is null))),
  constraint alert_messages_kind_check check ((kind = any (array['opened'::text, 'again'::text, 'closed'::text, 'test'::text, 'heartbeat'::text])))
);
comment on table basepool.alert_messages is
'What is to be told to alert_url, and the last heartbeat to heartbeat_url. One of an alarm is sent after those before it.';
comment on column basepool.alert_messages.due_at is
'When it is to be sent, or sent again; null when it was sent or given up.';
comment on column basepool.alert_messages.lease is
'Of whoever is sending it, until leased_until.';
comment on column basepool.alert_messages.request is
'The request of pg_net that carries it, while its answer is waited for.';
comment on column basepool.alert_messages.error is
'Why it did not arrive the last time. Never has the URL.';
create index alert_messages_alert_idx on basepool.alert_messages using btree (alert_id);
create index alert_messages_due_idx on basepool.alert_messages using btree (due_at) where (due_at is not null);
create index alert_messages_written_idx on basepool.alert_messages using btree (written_at);
alter table basepool.alert_messages enable row level security;
create policy nobody on basepool.alert_messages for all to public using (false);

create table basepool.alerts (
  id bigint generated always as identity not null,
  name text not null,
  severity text not null,
  says text not null,
  opened_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  said_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  constraint alerts_pkey primary key (id),
  constraint alerts_severity_check check ((severity = any (array['page'::text, 'warn'::text])))
);
comment on table basepool.alerts is
'The alarms that rang. Written by basepool.watch() only; open as long as closed_at is null.';
comment on column basepool.alerts.says is
'What was wrong when it was looked at last.';
comment on column basepool.alerts.last_seen_at is
'When it was still so. It closes when that was _quiet_time ago.';
comment on column basepool.alerts.said_at is
'When a message about it was written last.';
create index alerts_name_idx on basepool.alerts using btree (name, opened_at);
create unique index alerts_open_key on basepool.alerts using btree (name) where (closed_at is null);
create index alerts_opened_idx on basepool.alerts using btree (opened_at);
alter table basepool.alerts enable row level security;
create policy nobody on basepool.alerts for all to public using (false);

create table basepool.app_checks (
  generation_id uuid not null,
  prediction_id text not null,
  since timestamp with time zone not null,
  again_at timestamp with time zone not null,
  asked bigint[] default '{}'::bigint[] not null,
  absent bigint[] default '{}'::bigint[] not null,
  said text,
  constraint app_checks_pkey primary key (generation_id)
);
comment on table basepool.app_checks is
'One row per stuck generation that the app runs and whose prediction one of our accounts may have made. No foreign key: its check
would lock the app''s wide row.';
comment on column basepool.app_checks.since is
'When the cleanup met it first; settings.stuck_grace counts from here.';
comment on column basepool.app_checks.again_at is
'When it may be asked about again.';
comment on column basepool.app_checks.asked is
'The accounts that were asked, the last one last.';
comment on column basepool.app_checks.absent is
'The accounts that do not have it, by their own answer or because another one has it.';
comment on column basepool.app_checks.said is
'What the last answer was, unless it was its end.';
create index app_checks_again_idx on basepool.app_checks using btree (again_at);
alter table basepool.app_checks enable row level security;
create policy nobody on basepool.app_checks for all to public using (false);

create table basepool.attempts (
  id uuid not null,
  generation_id uuid not null,
  attempt_no integer not null,
  seat_id integer not null,
  token_id integer not null,
  account_id bigint not null,
  state text not null,
  worker text not null,
  model text not null,
  queue_tag bigint not null,
  queued_at timestamp with time zone not null,
  leased_at timestamp with time zone not null,
  submitted_at timestamp with time zone,
  finished_at timestamp with time zone not null,
  prediction_id text,
  prediction_status text,
  predict_seconds numeric,
  http_status integer,
  error text,
  error_rule text,
  decision text,
  found_by_search boolean default false not null,
  xact xid8 default pg_current_xact_id() not null,
  constraint attempts_pkey primary key (id),
  constraint attempts_prediction_id_key unique (prediction_id),
  constraint attempts_error_rule_fkey foreign key (error_rule) references basepool.error_rules(name) on update cascade,
  constraint attempts_attempt_no_check check ((attempt_no > 0)),
  constraint attempts_state_check check ((state = any (array['succeeded'::text, 'failed'::text, 'canceled'::text, 'aborted'::text, 'rejected'::text])))
) with (fillfactor=90);
comment on table basepool.attempts is
'The history: one row per try at Replicate, written when it is over. What is in flight is in basepool.seats;
basepool._all_attempts() shows both. No foreign keys to generations, tokens and accounts: history outlives them.';
comment on column basepool.attempts.seat_id is
'Where it was while it ran.';
comment on column basepool.attempts.state is
'rejected: Replicate said no. The others are how a prediction ended (aborted: before it started, free of charge).';
comment on column basepool.attempts.prediction_status is
'Replicate''s last word, also where we do not know the word.';
comment on column basepool.attempts.predict_seconds is
'metrics.predict_time: what Replicate charges for.';
comment on column basepool.attempts.decision is
'What followed from error_rule, in words.';
comment on column basepool.attempts.found_by_search is
'As in basepool.seats.';
comment on column basepool.attempts.xact is
'The transaction that wrote it, or last changed what is counted of it: which attempts are new follows from that (_count_attempts).';
create index attempts_error_rule_idx on basepool.attempts using btree (error_rule) where (error_rule is not null);
create index attempts_finished_idx on basepool.attempts using btree (finished_at);
create unique index attempts_number_key on basepool.attempts using btree (generation_id, attempt_no);
alter table basepool.attempts enable row level security;
create policy nobody on basepool.attempts for all to public using (false);

create table basepool.audit (
  id bigint generated always as identity not null,
  at timestamp with time zone not null,
  action text not null,
  target text,
  details jsonb not null,
  login text not null,
  role text not null,
  application text not null,
  actor text,
  constraint audit_pkey primary key (id),
  constraint audit_action_check check ((action <> ''::text)),
  constraint audit_actor_check check ((actor <> ''::text))
);
comment on table basepool.audit is
'Who did what: one row per command that changed something, written by the function that did it (_audit). No secrets. Kept for
settings.keep_audit_for.';
comment on column basepool.audit.action is
'The command, as basepool names it: tokens disable, settings set, cancel ...';
comment on column basepool.audit.target is
'What it was done to: the id of a token, a generation or a user, a setting, a job.';
comment on column basepool.audit.details is
'What was asked for and what came of it. What was changed by name: {was, is}; what is missing there was nothing, or is nothing.';
comment on column basepool.audit.login is
'The role that had logged in.';
comment on column basepool.audit.role is
'The role it acted as (set role), the same one as a rule.';
comment on column basepool.audit.application is
'As the client names itself. The command line says basepool and user@machine. It proves nothing: whoever logs in may say anything.';
comment on column basepool.audit.actor is
'Who it was that login acted for, where many share one: the operator who is signed in to the page. Null: login is who.';
create index audit_at_idx on basepool.audit using btree (at);
alter table basepool.audit enable row level security;
create policy nobody on basepool.audit for all to public using (false);

create table basepool.breakers (
  name text not null,
  failures integer not null,
  failed_at timestamp with time zone not null,
  failed_generation uuid not null,
  rule text not null,
  error text not null,
  opened_at timestamp with time zone,
  open_until timestamp with time zone,
  tries integer default 0 not null,
  probe_generation uuid,
  probed_at timestamp with time zone,
  constraint breakers_pkey primary key (name),
  constraint breakers_failures_check check ((failures > 0)),
  constraint breakers_open_whole check (((opened_at is null) = (open_until is null))),
  constraint breakers_probe_whole check ((((probe_generation is null) = (probed_at is null)) and ((probed_at is null) or (opened_at is not null))))
);
comment on table basepool.breakers is
'What fails and is nobody''s fault here: the provider, or one model of it. While a breaker is open nothing is asked for but one
create at a time, whose success closes it. None is open as a rule, which is all that a claim looks at then.';
comment on column basepool.breakers.name is
'The model (owner/name, whatever version); empty: the provider.';
comment on column basepool.breakers.failures is
'How many have come in a row until it opened; the next four columns are of the last.';
comment on column basepool.breakers.opened_at is
'Null: it only counts.';
comment on column basepool.breakers.open_until is
'Nothing is asked for before; then one create tries it.';
comment on column basepool.breakers.tries is
'How many creates have tried it in vain since it opened; the pauses grow with it.';
comment on column basepool.breakers.probe_generation is
'Whose create tries it at this moment; null: nobody''s. What became of that is read from its attempt (_judge_probe).';
comment on column basepool.breakers.probed_at is
'Its attempt was leased then or later.';
create index breakers_open_idx on basepool.breakers using btree (name) where (opened_at is not null);
alter table basepool.breakers enable row level security;
create policy nobody on basepool.breakers for all to public using (false);

create table basepool.cancellations (
  id uuid not null,
  generation_id uuid not null,
  user_id uuid,
  account_id bigint,
  model text,
  prediction_id text,
  requested_at timestamp with time zone not null,
  again_at timestamp with time zone not null,
  over_at timestamp with time zone not null,
  tries integer default 0 not null,
  is_held boolean default false not null,
  constraint cancellations_pkey primary key (id)
) with (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=500);
comment on table basepool.cancellations is
'One narrow row per attempt whose generation is over and whose prediction may still run at Replicate; gone when its end is
confirmed. Until then it counts against its user''s limit. No foreign keys: their checks would lock rows out of turn.';
comment on column basepool.cancellations.id is
'The attempt''s. Or the generation''s, while a claim has it in hand whose attempt can''t be seen yet.';
comment on column basepool.cancellations.prediction_id is
'What to cancel; null until it is known (basepool.lost_attempts).';
comment on column basepool.cancellations.again_at is
'When Replicate is asked to cancel it, next.';
comment on column basepool.cancellations.over_at is
'When Replicate itself has ended it (settings.cancel_after): from then on it counts no more.';
comment on column basepool.cancellations.tries is
'How often Replicate was asked; the pauses grow with it.';
comment on column basepool.cancellations.is_held is
'Somebody was at the attempt when its generation ended, and was not waited for: it has yet to be ended here.';
create index cancellations_due_idx on basepool.cancellations using btree (account_id, again_at) where (prediction_id is not null);
create index cancellations_user_idx on basepool.cancellations using btree (user_id);
alter table basepool.cancellations enable row level security;
create policy nobody on basepool.cancellations for all to public using (false);

create table basepool.counted (
  id boolean default true not null,
  snapshot pg_snapshot default '1:1:'::pg_snapshot not null,
  since timestamp with time zone default '-infinity'::timestamp with time zone not null,
  counted_at timestamp with time zone default '-infinity'::timestamp with time zone not null,
  counted_by xid8 default '0'::xid8 not null,
  server bigint,
  constraint counted_pkey primary key (id),
  constraint counted_id_check check (id)
) with (fillfactor=20);
comment on table basepool.counted is
'The one row: how far _count_attempts has come. Its lock makes it one at a time.';
comment on column basepool.counted.snapshot is
'What the last count could see: what was written by others (attempts.xact) is new, however long it took to commit.';
comment on column basepool.counted.since is
'All that ended before is counted. It stays where it is while somebody has been writing since the count before the last.';
comment on column basepool.counted.counted_by is
'The transaction that counted last. What has its number and was counted, too, is marked as older than all.';
comment on column basepool.counted.server is
'Which server gave out those numbers (its system identifier): after a restore from a dump it is another one, with others.';
alter table basepool.counted enable row level security;
create policy nobody on basepool.counted for all to public using (false);

create table basepool.counters (
  name text not null,
  label text not null,
  model text not null,
  value double precision not null,
  constraint counters_pkey primary key (name, label, model)
);
comment on table basepool.counters is
'What get_metrics shows as counters. Nothing ever takes away from them, so that they do not fall when history is pruned.';
comment on column basepool.counters.name is
'attempts, seconds, rejections, webhooks, results, waits, waited.';
comment on column basepool.counters.label is
'Of attempts and webhooks the outcome, of rejections the rule, of waits the bucket.';
comment on column basepool.counters.model is
'Of attempts and seconds: one of the 50 models most used when it was counted, else other.';
alter table basepool.counters enable row level security;
create policy nobody on basepool.counters for all to public using (false);

create table basepool.cutover (
  pattern text not null,
  percent numeric(5,2) not null,
  changed_at timestamp with time zone default now() not null,
  likeness text generated always as (replace(replace(lower(pattern), '_'::text, '\_'::text), '*'::text, '%'::text)) stored not null,
  characters integer generated always as (length(replace(pattern, '*'::text, ''::text))) stored not null,
  constraint cutover_pkey primary key (pattern),
  constraint cutover_pattern_check check ((pattern ~ '^[A-Za-z0-9*][A-Za-z0-9_.*/:-]{0,199}$'::text)),
  constraint cutover_percent_check check (((percent >= (0)::numeric) and (percent <= (100)::numeric)))
);
comment on table basepool.cutover is
'For which models and how many users basepool runs what is inserted plainly. Empty where public.generations existed before basepool,
else all. Change it with basepool cutover.';
comment on column basepool.cutover.pattern is
'As in basepool.models; of several that match a model the one with the most characters beside * counts.';
comment on column basepool.cutover.percent is
'Of so many percent of the users, always the same ones (_bucket_of): more percent only add some.';
comment on column basepool.cutover.likeness is
'The pattern as like has it, because every plain insert is compared with it.';
comment on column basepool.cutover.characters is
'How many there are beside *.';
create unique index cutover_pattern_key on basepool.cutover using btree (lower(pattern));
alter table basepool.cutover enable row level security;
create policy nobody on basepool.cutover for all to public using (false);

create unlogged table basepool.decisions (
  id bigint generated always as identity not null,
  at timestamp with time zone not null,
  worker text not null,
  asked integer not null,
  answer text not null,
  reason text,
  busy_until timestamp with time zone,
  tokens integer[] not null,
  states text[] not null,
  free integer[] not null,
  turns bigint[] not null,
  untils timestamp with time zone[] not null,
  reasons text[] not null,
  given_tokens integer[],
  given_turns bigint[],
  given uuid[],
  constraint decisions_pkey primary key (id),
  constraint decisions_answer_check check ((answer = any (array['lease'::text, 'busy'::text, 'dead'::text])))
);
comment on table basepool.decisions is
'One row per claim that had something to decide, at most some 50 a second, and fewer where there are more than ten tokens; of claims
that found no token, one when that changes, and one a minute. Kept for settings.keep_decisions; empty after a crash. No prompts, no
secrets.';
comment on column basepool.decisions.asked is
'How many generations the worker wanted.';
comment on column basepool.decisions.answer is
'As claim_generations answered.';
comment on column basepool.decisions.tokens is
'All tokens, in order; states, free, turns, untils and reasons are of each, as they were before the lease.';
comment on column basepool.decisions.states is
'As _token_state says.';
comment on column basepool.decisions.free is
'How many leases of those that were asked for each could have taken.';
comment on column basepool.decisions.turns is
'The turn of its seat that is next in the round; null: none is free.';
comment on column basepool.decisions.untils is
'When that state ends, if time ends it.';
comment on column basepool.decisions.reasons is
'What is known of it, of those that can''t be leased.';
comment on column basepool.decisions.given_tokens is
'For each lease its token, in the order of their turns; null: there was no lease.';
comment on column basepool.decisions.given_turns is
'And which turn it was.';
comment on column basepool.decisions.given is
'The generations that got them, in the order of the queue.';
create index decisions_refused_idx on basepool.decisions using btree (id) where (answer <> 'lease'::text);
alter table basepool.decisions enable row level security;
create policy nobody on basepool.decisions for all to public using (false);

create table basepool.dry_runs (
  id uuid default gen_random_uuid() not null,
  actor text,
  action text not null,
  filter jsonb not null,
  generations uuid[] not null,
  until timestamp with time zone not null,
  made_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  done_at timestamp with time zone,
  constraint dry_runs_pkey primary key (id),
  constraint dry_runs_action_check check ((action = any (array['retry'::text, 'cancel'::text])))
);
comment on table basepool.dry_runs is
'One row per dry run of act_on_generations: what its id commits, once and within its time, for the same operator and filter. Pruned
after settings.keep_history_for.';
comment on column basepool.dry_runs.actor is
'The operator whose it is; null where the caller named none.';
comment on column basepool.dry_runs.filter is
'As it was passed.';
comment on column basepool.dry_runs.generations is
'What it would take, at most 1,000.';
comment on column basepool.dry_runs.until is
'What was created after this was not looked at.';
comment on column basepool.dry_runs.done_at is
'When it was carried out; null: it was not.';
create index dry_runs_made_idx on basepool.dry_runs using btree (made_at);
alter table basepool.dry_runs enable row level security;
create policy nobody on basepool.dry_runs for all to public using (false);

create table basepool.error_rules (
  name text not null,
  "position" integer not null,
  source text not null,
  statuses integer[],
  pattern text,
  concerns text not null,
  action text not null,
  retry_after interval,
  max_retries integer default 0,
  cool_down interval,
  credit text,
  captures text,
  breaker text,
  trips_after integer,
  evidence text not null,
  constraint error_rules_pkey primary key (name),
  constraint error_rules_position_key unique ("position"),
  constraint error_rules_action_check check ((action = any (array['fail'::text, 'retry'::text, 'find_out'::text]))),
  constraint error_rules_breaker_check check ((breaker = any (array['provider'::text, 'model'::text]))),
  constraint error_rules_captures_check check ((captures = 'per_minute'::text)),
  constraint error_rules_check check (((action = 'retry'::text) or (coalesce(max_retries, 1) = 0))),
  constraint error_rules_check1 check (((cool_down is null) or (concerns = any (array['token'::text, 'account'::text])) or (breaker is not null))),
  constraint error_rules_check2 check (((breaker is null) = (trips_after is null))),
  constraint error_rules_check3 check (((breaker is null) or ((cool_down is not null) and (concerns <> all (array['token'::text, 'account'::text]))))),
  constraint error_rules_check4 check (((captures is null) or ((concerns = 'account'::text) and (cool_down is not null) and (pattern ~~ '%(%'::text)))),
  constraint error_rules_concerns_check check ((concerns = any (array['request'::text, 'token'::text, 'account'::text, 'provider'::text, 'nobody'::text, 'unknown'::text]))),
  constraint error_rules_cool_down_check check ((cool_down > '00:00:00'::interval)),
  constraint error_rules_credit_check check ((credit = any (array['low'::text, 'none'::text]))),
  constraint error_rules_max_retries_check check ((max_retries >= 0)),
  constraint error_rules_retry_after_check check ((retry_after >= '00:00:00'::interval)),
  constraint error_rules_source_check check ((source = any (array['http'::text, 'route'::text, 'transport'::text, 'prediction'::text, 'search'::text]))),
  constraint error_rules_trips_after_check check ((trips_after > 0))
);
comment on table basepool.error_rules is
'What an answer of Replicate means and what follows; the first match by position decides. Edit it like any data.';
comment on column basepool.error_rules.source is
'http: an answer to a create; route: the same, where it may only mean that this route does not serve the model; transport: no
answer; prediction: the error of a prediction that ended; search: what the search for a lost prediction found out.';
comment on column basepool.error_rules.statuses is
'HTTP statuses that match; null: any.';
comment on column basepool.error_rules.pattern is
'Regular expression over the error text, case-insensitive; null: any.';
comment on column basepool.error_rules.concerns is
'Whose fault it is: only token and account are ever held responsible. They are out of the round while they cool down, so a
retry goes to another one; after an error of the request or the provider it may be the same. An error of token, account or
nobody uses up none of settings.max_attempts, because Replicate has not tried the request.';
comment on column basepool.error_rules.action is
'fail: final. retry: again, at most max_retries times. find_out: the request may have been carried out; never repeat it.';
comment on column basepool.error_rules.retry_after is
'Delay of the first retry, doubled each time; a retry_after in the answer is obeyed instead.';
comment on column basepool.error_rules.max_retries is
'Null: as often as it takes, and none of settings.max_attempts is used up: nothing fails for it but what is stuck.';
comment on column basepool.error_rules.cool_down is
'How long the token is suspended or the account cools down, doubled with each failure in a row, at most an hour. Of a breaker: how
long it stays open before one create tries it, doubled with each that fails, at most half a minute.';
comment on column basepool.error_rules.credit is
'What the error says about the account''s credit.';
comment on column basepool.error_rules.captures is
'What the parentheses of the pattern catch. per_minute: the lower limit that Replicate announced, and with it how many at once.';
comment on column basepool.error_rules.breaker is
'What is not asked for any more when trips_after of such errors have come in a row (basepool.breakers): the provider as a whole, or
the model alone.';
comment on column basepool.error_rules.trips_after is
'How many in a row open the breaker, with nothing that went well in between; of the provider''s as many as there are seats, where
those are fewer, but three at least.';
comment on column basepool.error_rules.evidence is
'Where this is known from.';
alter table basepool.error_rules enable row level security;
create policy nobody on basepool.error_rules for all to public using (false);

create table basepool.glue_calls (
  job text not null,
  cron_job_id bigint,
  called_at timestamp with time zone,
  requests bigint[] default '{}'::bigint[] not null,
  constraint glue_calls_pkey primary key (job),
  constraint glue_calls_cron_job_id_key unique (cron_job_id)
) with (fillfactor=20);
comment on table basepool.glue_calls is
'The jobs of the glue that are called over HTTP: when last, and the last requests of pg_net for each.';
alter table basepool.glue_calls enable row level security;
create policy nobody on basepool.glue_calls for all to public using (false);

create table basepool.glue_schedule (
  id boolean default true not null,
  url text not null,
  secret text not null,
  is_ours boolean not null,
  constraint glue_schedule_pkey primary key (id),
  constraint glue_schedule_id_check check (id),
  constraint glue_schedule_secret_check check ((secret <> ''::text)),
  constraint glue_schedule_url_check check ((url ~ '^https?://[^[:space:]?#]+[^[:space:]?#/]$'::text))
);
comment on table basepool.glue_schedule is
'Where the glue is called by pg_cron and pg_net. Change it with basepool.schedule_glue() and basepool.unschedule_glue().';
comment on column basepool.glue_schedule.secret is
'CRON_SECRET of the glue, or a reference into Vault.';
comment on column basepool.glue_schedule.is_ours is
'Whether what it refers to in Vault was put there by schedule_glue.';
alter table basepool.glue_schedule enable row level security;
create policy nobody on basepool.glue_schedule for all to public using (false);

create table basepool.job_runs (
  id bigint generated always as identity not null,
  job text not null,
  trigger text not null,
  started_at timestamp with time zone not null,
  finished_at timestamp with time zone not null,
  ok boolean not null,
  result jsonb,
  error text,
  constraint job_runs_pkey primary key (id)
);
comment on table basepool.job_runs is
'What each run of a job did, or why it failed.';
create index job_runs_job_idx on basepool.job_runs using btree (job, started_at desc);
create index job_runs_started_idx on basepool.job_runs using btree (started_at);
alter table basepool.job_runs enable row level security;
create policy nobody on basepool.job_runs for all to public using (false);

create table basepool.jobs (
  name text not null,
  runs_in text not null,
  schedule text,
  call text,
  does text not null,
  cron_job_id bigint,
  constraint jobs_pkey primary key (name),
  constraint jobs_cron_job_id_key unique (cron_job_id),
  constraint jobs_call_check check ((call ~ '^basepool\.(_[a-z_]+|watch)\(\)$'::text)),
  constraint jobs_check check (((runs_in = 'database'::text) = (schedule is not null))),
  constraint jobs_check1 check (((runs_in = 'database'::text) = (call is not null))),
  constraint jobs_name_check check ((name ~ '^[a-z]+(-[a-z]+)*$'::text)),
  constraint jobs_runs_in_check check ((runs_in = any (array['database'::text, 'glue'::text])))
);
comment on table basepool.jobs is
'Every job there is. Written by db/jobs.sql only, which make migrate applies.';
comment on column basepool.jobs.runs_in is
'database: basepool.run_job executes its call. glue: it needs Replicate; basepool work does it all the time, basepool run-job
and /api/cron/{job} once.';
comment on column basepool.jobs.schedule is
'When pg_cron runs it, as cron writes it, in UTC.';
comment on column basepool.jobs.does is
'What it does, for people, in one line.';
comment on column basepool.jobs.cron_job_id is
'The job of pg_cron that was made for it. Whatever else pg_cron has, under whatever name, is somebody else''s. Null: not
scheduled.';
alter table basepool.jobs enable row level security;
create policy nobody on basepool.jobs for all to public using (false);

create table basepool.limiters (
  account_id bigint not null,
  creates_spent bigint default 0 not null,
  turn bigint default 0 not null,
  served_tag bigint default 0 not null,
  constraint limiters_pkey primary key (account_id),
  constraint limiters_account_id_fkey foreign key (account_id) references basepool.accounts(id) on delete cascade
) with (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=500, fillfactor=10);
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
create policy nobody on basepool.limiters for all to public using (false);

create table basepool.lost_attempts (
  attempt_id uuid not null,
  account_id bigint not null,
  leased_at timestamp with time zone not null,
  lost_at timestamp with time zone not null,
  input_hash bigint,
  search_at timestamp with time zone not null,
  searches integer default 0 not null,
  search_id bigint,
  doubt_prediction_id text,
  is_absent boolean default false not null,
  constraint lost_attempts_pkey primary key (attempt_id),
  constraint lost_attempts_search_id_fkey foreign key (search_id) references basepool.searches(id) on delete set null
);
comment on table basepool.lost_attempts is
'One narrow row per attempt whose answer was lost and whose prediction is looked for; gone when it is found, proved absent or
given up.';
comment on column basepool.lost_attempts.account_id is
'The attempt''s account, in whose list it is looked for. No foreign key: it would lock the account out of turn.';
comment on column basepool.lost_attempts.leased_at is
'When its call began: if it was sent at all, then after.';
comment on column basepool.lost_attempts.lost_at is
'When its answer counted as lost: if it was sent at all, then before.';
comment on column basepool.lost_attempts.input_hash is
'As in basepool.seats; null where it is not known any more.';
comment on column basepool.lost_attempts.search_at is
'When the next search looks for it.';
comment on column basepool.lost_attempts.searches is
'How often it was looked for; the pauses grow with it.';
comment on column basepool.lost_attempts.search_id is
'The last search that looked for it, under way or not; the next two columns are what that one found out.';
comment on column basepool.lost_attempts.doubt_prediction_id is
'What that search saw and what may be this attempt''s: of its model and time, and its input equal or not to be compared.';
comment on column basepool.lost_attempts.is_absent is
'That search was complete and late enough, and there was nothing.';
create index lost_attempts_due_idx on basepool.lost_attempts using btree (account_id, search_at);
create index lost_attempts_search_idx on basepool.lost_attempts using btree (search_id);
alter table basepool.lost_attempts enable row level security;
create policy nobody on basepool.lost_attempts for all to public using (false);

create table basepool.marks (
  priority smallint not null,
  scan_from bigint default 0 not null,
  scan_from_place bigint default 0 not null,
  floor bigint default 0 not null,
  is_noted boolean default false not null,
  moved_at timestamp with time zone default '-infinity'::timestamp with time zone not null,
  recovered_at timestamp with time zone default '-infinity'::timestamp with time zone not null,
  constraint marks_pkey primary key (priority)
) with (fillfactor=20);
comment on table basepool.marks is
'One row per priority: where the queue begins. What was claimed lies before it and is not read again, even while an old
transaction keeps vacuum from removing it.';
comment on column basepool.marks.scan_from is
'Claims look from this tag on, and of those with this tag from scan_from_place on.';
comment on column basepool.marks.floor is
'No tag that is given out is lower. scan_from follows once everybody who submits knows it.';
comment on column basepool.marks.is_noted is
'Whether this version of the row was written after the floor could be seen: who is older than it may not know the floor.';
comment on column basepool.marks.moved_at is
'When one of the three steps was taken last.';
comment on column basepool.marks.recovered_at is
'When what lay before scan_from all the same was last looked for.';
alter table basepool.marks enable row level security;
create policy nobody on basepool.marks for all to public using (false);

create view basepool.metrics (
  name text,
  kind text,
  help text,
  labels jsonb,
  value double precision
) with (security_invoker=true);
comment on view basepool.metrics is
'What get_metrics says, for whoever has Postgres only: one row per series. For basepool_metrics and its members.';
alter table basepool.metrics replica identity nothing;
grant select on table basepool.metrics to basepool_metrics;

create table basepool.minute_stats (
  minute timestamp with time zone not null,
  leased integer not null,
  succeeded integer not null,
  failed integer not null,
  rejected integer not null,
  queue_buckets jsonb not null,
  constraint minute_stats_pkey primary key (minute)
) with (fillfactor=50);
comment on table basepool.minute_stats is
'Throughput by minute, of the last day: what _minutes shows. What is in flight is not in it.';
comment on column basepool.minute_stats.leased is
'Attempts leased in it that are over; the next three are those that ended in it.';
comment on column basepool.minute_stats.failed is
'Whatever else than succeeded or rejected: cancelled ones, too.';
comment on column basepool.minute_stats.queue_buckets is
'How long those that were leased had waited, as in basepool.token_stats.';
alter table basepool.minute_stats enable row level security;
create policy nobody on basepool.minute_stats for all to public using (false);

create table basepool.model_routes (
  model text not null,
  route text not null,
  learned_at timestamp with time zone not null,
  constraint model_routes_pkey primary key (model),
  constraint model_routes_route_check check ((route = any (array['predictions'::text, 'latest'::text])))
);
comment on table basepool.model_routes is
'The models (owner/name) that the route of official models does not serve, and the route that is taken for each instead. What
is older than settings.keep_history_for is forgotten and learnt anew.';
comment on column basepool.model_routes.route is
'predictions: the name is sent as version. latest: the latest version is asked for, and sent.';
alter table basepool.model_routes enable row level security;
create policy nobody on basepool.model_routes for all to public using (false);

create table basepool.model_stats (
  model text not null,
  runs integer not null,
  p50 interval not null,
  p95 interval not null,
  updated_at timestamp with time zone not null,
  constraint model_stats_pkey primary key (model),
  constraint model_stats_runs_check check ((runs > 0))
);
comment on table basepool.model_stats is
'How long predictions of a model took from create to end, learned by the job rollup from those that succeeded in the last week.';
comment on column basepool.model_stats.p95 is
'What is silent for half as long again is asked for.';
alter table basepool.model_stats enable row level security;
create policy nobody on basepool.model_stats for all to public using (false);

create table basepool.model_uses (
  model text not null,
  uses double precision not null,
  constraint model_uses_pkey primary key (model)
);
comment on table basepool.model_uses is
'How much each model was used lately, to know the 50 most used: attempts, of which a half is forgotten each day.';
alter table basepool.model_uses enable row level security;
create policy nobody on basepool.model_uses for all to public using (false);

create table basepool.models (
  pattern text not null,
  enabled boolean default true not null,
  credits integer default 1 not null,
  seconds_per_credit numeric,
  outputs_per_credit numeric,
  max_per_user integer,
  max_in_flight integer,
  timeout interval,
  usd_per_run numeric,
  usd_per_second numeric,
  constraint models_pkey primary key (pattern),
  constraint models_check check (((seconds_per_credit is null) or (outputs_per_credit is null))),
  constraint models_credits_check check ((credits >= 0)),
  constraint models_max_in_flight_check check ((max_in_flight > 0)),
  constraint models_max_per_user_check check ((max_per_user > 0)),
  constraint models_outputs_per_credit_check check ((outputs_per_credit > (0)::numeric)),
  constraint models_pattern_check check ((pattern ~ '^[A-Za-z0-9*][A-Za-z0-9_.*/:-]{0,199}$'::text)),
  constraint models_seconds_per_credit_check check ((seconds_per_credit > (0)::numeric)),
  constraint models_timeout_check check (((timeout >= '00:00:05'::interval) and (timeout <= '24:00:00'::interval))),
  constraint models_usd_per_run_check check ((usd_per_run >= (0)::numeric)),
  constraint models_usd_per_second_check check ((usd_per_second >= (0)::numeric))
);
comment on table basepool.models is
'The models that may be submitted. Without a row: all, but no deployments. With one: those that a pattern matches, deployments
only by a pattern that begins with deployments/. Change it with basepool models, or like any data.';
comment on column basepool.models.pattern is
'owner/name, with * for any characters; of several that match the one with the most characters beside * counts. Versions of a
model are matched by its name as well; a version without a name must be listed as it is.';
comment on column basepool.models.enabled is
'False: what it matches is refused at the door.';
comment on column basepool.models.credits is
'cost_credits of a generation, whatever the caller says.';
comment on column basepool.models.seconds_per_credit is
'So many seconds of a prediction cost a credit: what it came to is told to the hook, with details.';
comment on column basepool.models.outputs_per_credit is
'The same for files in the output.';
comment on column basepool.models.max_per_user is
'How many a user may have active at once, beside the limit for all models.';
comment on column basepool.models.max_in_flight is
'How many may be in flight at once, of all users; what is beyond waits on the queue.';
comment on column basepool.models.timeout is
'Sent as Cancel-After, if it is shorter than settings.cancel_after.';
comment on column basepool.models.usd_per_run is
'What Replicate charges for a prediction, for budgets and basepool budgets.';
comment on column basepool.models.usd_per_second is
'And for each second of it.';
create unique index models_pattern_key on basepool.models using btree (lower(pattern));
create trigger gate_queue after insert or delete or update on basepool.models for each statement execute function basepool._gate_queue();
alter table basepool.models enable row level security;
create policy nobody on basepool.models for all to public using (false);

create table basepool.output_files (
  generation_id uuid not null,
  nth integer not null,
  user_id uuid not null,
  source_url text,
  source_bytes integer,
  since timestamp with time zone not null,
  deadline timestamp with time zone not null,
  state text default 'waiting'::text not null,
  tries integer default 0 not null,
  again_at timestamp with time zone,
  worker text,
  begun_at timestamp with time zone,
  lease uuid,
  key text,
  url text,
  is_private boolean,
  size bigint,
  sha256 text,
  content_type text,
  width integer,
  height integer,
  seconds numeric,
  thumb_key text,
  thumb_url text,
  error_code text,
  error text,
  stored_at timestamp with time zone,
  failed_at timestamp with time zone,
  constraint output_files_pkey primary key (generation_id, nth),
  constraint output_files_deleting_whole check (((state <> 'deleting'::text) or (again_at is not null))),
  constraint output_files_failed_whole check (((state <> 'failed'::text) or ((error_code is not null) and (failed_at is not null)))),
  constraint output_files_height_check check ((height > 0)),
  constraint output_files_key_check check ((key <> ''::text)),
  constraint output_files_lease_is_live check (((lease is null) or (state = any (array['storing'::text, 'deleting'::text])))),
  constraint output_files_leased_whole check (((state <> 'storing'::text) or ((lease is not null) and (worker is not null) and (begun_at is not null) and (again_at is not null)))),
  constraint output_files_nth_check check ((nth > 0)),
  constraint output_files_one_source check (((source_url is null) = (source_bytes is not null))),
  constraint output_files_seconds_check check ((seconds >= (0)::numeric)),
  constraint output_files_sha256_check check ((sha256 ~ '^[0-9a-f]{64}$'::text)),
  constraint output_files_size_check check ((size >= 0)),
  constraint output_files_source_bytes_check check ((source_bytes > 0)),
  constraint output_files_state_check check ((state = any (array['waiting'::text, 'storing'::text, 'stored'::text, 'failed'::text, 'deleting'::text]))),
  constraint output_files_stored_whole check (((state <> 'stored'::text) or ((key is not null) and (is_private is not null) and (size is not null) and (sha256 is not null) and (content_type is not null) and (stored_at is not null) and (is_private or (url is not null))))),
  constraint output_files_thumb_key_check check ((thumb_key <> ''::text)),
  constraint output_files_thumb_url_check check ((thumb_url <> ''::text)),
  constraint output_files_tries_check check ((tries >= 0)),
  constraint output_files_url_check check ((url <> ''::text)),
  constraint output_files_width_check check ((width > 0))
) with (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_threshold=1000);
comment on table basepool.output_files is
'One row per file of a generation''s output that is kept, from its end until nothing of it is left in the store. No foreign key:
when a generation is deleted, its files have yet to be.';
comment on column basepool.output_files.nth is
'Its place in output_urls, from 1.';
comment on column basepool.output_files.source_url is
'Where Replicate has it. Null for a data: URL, which may be megabytes and stays in output_urls until it is stored.';
comment on column basepool.output_files.source_bytes is
'How long that data: URL is, so that a claim hands out no more than fits.';
comment on column basepool.output_files.since is
'Since when it is to be stored.';
comment on column basepool.output_files.deadline is
'When it should be stored: an hour after the end at Replicate, less settings.output_margin. A data: URL is ours, and has a day.';
comment on column basepool.output_files.state is
'waiting: for a claim. storing: a worker has it. stored, failed: over. deleting: its generation is gone, and it is to leave the
store.';
comment on column basepool.output_files.tries is
'How often it was tried; while deleting, how often that was.';
comment on column basepool.output_files.again_at is
'waiting, deleting: not before; null: it is due. storing: when the lease is over. stored, failed: when its generation, which
somebody held, is told of it; null: it was.';
comment on column basepool.output_files.worker is
'Who has it, or had it last.';
comment on column basepool.output_files.begun_at is
'When that one began with it.';
comment on column basepool.output_files.lease is
'What a worker shows to record its result; another claim makes another one. Kept while deleting: what its worker has put into the
store by then is to be deleted, too.';
comment on column basepool.output_files.key is
'Its name in the store: user/generation/nth.extension.';
comment on column basepool.output_files.url is
'Where it can be fetched from now on; of a private one, before it is signed (public.get_output_urls).';
comment on column basepool.output_files.seconds is
'How long a video, a sound or an animation lasts.';
comment on column basepool.output_files.error_code is
'Why the last try failed. For good: source_gone, bad_source, too_large, bad_type, store_refused, expired. Until the deadline:
source_failed, store_failed. interrupted: its worker stopped.';
create index output_files_again_idx on basepool.output_files using btree (state, again_at) where (again_at is not null);
create index output_files_due_idx on basepool.output_files using btree (deadline) where ((state = 'waiting'::text) and (again_at is null));
create index output_files_failed_idx on basepool.output_files using btree (failed_at) where (state = 'failed'::text);
create unique index output_files_lease_key on basepool.output_files using btree (lease) where (lease is not null);
create index output_files_stored_idx on basepool.output_files using btree (stored_at) where (stored_at is not null);
alter table basepool.output_files enable row level security;
create policy nobody on basepool.output_files for all to public using (false);

create table basepool.output_secret (
  id boolean default true not null,
  secret text,
  constraint output_secret_pkey primary key (id),
  constraint output_secret_id_check check (id),
  constraint output_secret_secret_check check ((secret <> ''::text))
);
comment on table basepool.output_secret is
'The one row: what links to private files are signed with. Null until it is needed first.';
comment on column basepool.output_secret.secret is
'The secret, or a reference into Vault where there is one.';
alter table basepool.output_secret enable row level security;
create policy nobody on basepool.output_secret for all to public using (false);

create table basepool.pauses (
  kind text not null,
  name text default ''::text not null,
  since timestamp with time zone not null,
  until timestamp with time zone,
  reason text,
  paused_by text not null,
  constraint pauses_pkey primary key (kind, name),
  constraint pauses_kind_check check ((kind = any (array['pool'::text, 'model'::text, 'user'::text]))),
  constraint pauses_pool_has_no_name check (((kind = 'pool'::text) = (name = ''::text)))
);
comment on table basepool.pauses is
'What a person has paused: nothing new of it begins, what is in flight ends. Empty as a rule, which is all that a claim looks at
then. Written by basepool.pause and basepool.resume.';
comment on column basepool.pauses.name is
'The model (owner/name, whatever version), or the user''s id.';
comment on column basepool.pauses.until is
'Null: until it is resumed.';
comment on column basepool.pauses.paused_by is
'Who did it: what the command said of its user, and the role that he came as.';
alter table basepool.pauses enable row level security;
create policy nobody on basepool.pauses for all to public using (false);

create table basepool.queue (
  generation_id uuid not null,
  user_id uuid not null,
  priority smallint not null,
  tag bigint not null,
  place bigint generated always as identity not null,
  tries integer default 0 not null,
  run_after timestamp with time zone,
  parked_for text,
  gate text,
  queued_at timestamp with time zone not null,
  constraint queue_pkey primary key (generation_id),
  constraint queue_parked_is_off check (((parked_for is null) or (run_after = 'infinity'::timestamp with time zone)))
) with (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=1000);
comment on table basepool.queue is
'One narrow row per generation that waits; gone when it is claimed or no longer pending. No foreign key: its check would lock
the app''s wide row; the trigger dequeue_generation does what a cascade would.';
comment on column basepool.queue.tag is
'Start-time fair queueing: the user''s own virtual time, so that a thousand rows of one user do not delay another''s first.';
comment on column basepool.queue.place is
'The order of those with the same tag: as they came. Ids would not do, because whoever inserts a row chooses its id.';
comment on column basepool.queue.tries is
'How often it was tried before.';
comment on column basepool.queue.run_after is
'A retry waits until then; null once it is due. infinity: it is parked, or waits until there is room for its model (_open_gates).';
comment on column basepool.queue.parked_for is
'What holds it back (user, or model, and its name): it was met at the head and is out of the way of claims until that is over.';
comment on column basepool.queue.gate is
'The pattern in basepool.models that bounds how many of its model are in flight.';
create index queue_delayed_idx on basepool.queue using btree (run_after) where (run_after is not null);
create index queue_gated_idx on basepool.queue using btree (gate, tag, place) where (gate is not null);
create index queue_head_idx on basepool.queue using btree (priority, tag, place) where (run_after is null);
create index queue_parked_idx on basepool.queue using btree (parked_for, tag, place) where (parked_for is not null);
alter table basepool.queue enable row level security;
create policy nobody on basepool.queue for all to public using (false);

create table basepool.recounts (
  id uuid not null,
  generation_id uuid not null,
  attempt_no integer not null,
  seat_id integer not null,
  token_id integer not null,
  account_id bigint not null,
  state text not null,
  worker text not null,
  model text not null,
  queue_tag bigint not null,
  queued_at timestamp with time zone not null,
  leased_at timestamp with time zone not null,
  submitted_at timestamp with time zone,
  finished_at timestamp with time zone not null,
  prediction_id text,
  prediction_status text,
  predict_seconds numeric,
  http_status integer,
  error text,
  error_rule text,
  decision text,
  found_by_search boolean not null,
  xact xid8 not null,
  constraint recounts_pkey primary key (id, xact)
);
comment on table basepool.recounts is
'Attempts as they were before something that is counted of them changed, until _count_attempts has seen that.';
alter table basepool.recounts enable row level security;
create policy nobody on basepool.recounts for all to public using (false);

create table basepool.replaced (
  "position" integer generated always as identity not null,
  kind text not null,
  name text not null,
  restore text,
  constraint replaced_pkey primary key ("position")
);
comment on table basepool.replaced is
'What there was before us of what we add to or change, for the way back (db/uninstall.sql). The app''s functions are beside it, as
basepool.replaced_*; what is taken from users is in basepool.user_rights.';
comment on column basepool.replaced.restore is
'The statement that brings back what was there; null: it is there, and to be left alone.';
alter table basepool.replaced enable row level security;
create policy nobody on basepool.replaced for all to public using (false);

create table basepool.schema_files (
  path text not null,
  sha256 text not null,
  applied_at timestamp with time zone default now() not null,
  constraint schema_files_pkey primary key (path)
);
comment on table basepool.schema_files is
'Each file of db/functions, and db/jobs.sql, with its hash as it was applied: make migrate applies again what has changed.';
alter table basepool.schema_files enable row level security;
create policy nobody on basepool.schema_files for all to public using (false);

create table basepool.schema_migrations (
  number integer not null,
  name text not null,
  sha256 text not null,
  applied_at timestamp with time zone default now() not null,
  constraint schema_migrations_pkey primary key (number)
);
comment on table basepool.schema_migrations is
'The migrations that make migrate has applied. A file that was applied is never edited: its hash is compared.';
alter table basepool.schema_migrations enable row level security;
create policy nobody on basepool.schema_migrations for all to public using (false);

create table basepool.searches (
  id bigint generated always as identity not null,
  account_id bigint not null,
  worker text not null,
  started_at timestamp with time zone not null,
  leased_until timestamp with time zone not null,
  created_after timestamp with time zone not null,
  created_before timestamp with time zone not null,
  attempts integer not null,
  pages integer default 0 not null,
  skipped integer default 0 not null,
  skipped_what text,
  ended_at timestamp with time zone,
  is_complete boolean default false not null,
  error text,
  constraint searches_pkey primary key (id),
  constraint searches_account_id_fkey foreign key (account_id) references basepool.accounts(id) on delete cascade,
  constraint searches_attempts_check check ((attempts > 0)),
  constraint searches_complete_has_end check (((not is_complete) or (ended_at is not null)))
);
comment on table basepool.searches is
'One row per listing of an account''s predictions that looks for lost ones. At most one is under way per account.';
comment on column basepool.searches.leased_until is
'Prolonged with every page; after it the worker counts as dead, and the next claim ends the search.';
comment on column basepool.searches.created_after is
'It lists what was created from then on, and until created_before.';
comment on column basepool.searches.attempts is
'How many lost attempts it looks for.';
comment on column basepool.searches.pages is
'How many pages were compared with them so far.';
comment on column basepool.searches.skipped is
'How many of the predictions in the list could not be read whole: too large, or no JSON. They prove nothing, whosever they are.';
comment on column basepool.searches.skipped_what is
'What was wrong with the first of them.';
comment on column basepool.searches.is_complete is
'Whether every page was seen: only then does it prove that something is not there.';
comment on column basepool.searches.error is
'Why it is not complete.';
create index searches_account_idx on basepool.searches using btree (account_id);
create index searches_ended_idx on basepool.searches using btree (ended_at);
create unique index searches_one_under_way_key on basepool.searches using btree (account_id) where (ended_at is null);
alter table basepool.searches enable row level security;
create policy nobody on basepool.searches for all to public using (false);

create table basepool.seats (
  id integer not null,
  token_id integer not null,
  turn bigint not null,
  attempt_id uuid,
  generation_id uuid,
  user_id uuid,
  attempt_no integer,
  state text,
  worker text,
  model text,
  route text,
  input_hash bigint,
  queue_tag bigint,
  queued_at timestamp with time zone,
  leased_at timestamp with time zone,
  answer_due_at timestamp with time zone,
  submitted_at timestamp with time zone,
  prediction_id text,
  prediction_status text,
  predict_seconds numeric,
  http_status integer,
  error text,
  error_rule text,
  decision text,
  has_webhook boolean,
  heard_at timestamp with time zone,
  check_at timestamp with time zone,
  checks integer,
  found_by_search boolean,
  constraint seats_pkey primary key (id),
  constraint seats_token_id_fkey foreign key (token_id) references public.replicate_tokens(id) on delete cascade,
  constraint seats_id_is_place check (((id / 1000) = token_id)),
  constraint seats_state_check check ((state = any (array['submitting'::text, 'running'::text, 'unknown'::text]))),
  constraint seats_taken_whole check ((((attempt_id is null) = (generation_id is null)) and ((attempt_id is null) or ((attempt_no > 0) and (state is not null) and (answer_due_at is not null)))))
) with (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=1000, fillfactor=40);
comment on table basepool.seats is
'The numbered places of a token: as many rows as max_in_flight. A free one holds its turn in the round, a taken one all that is
live of an attempt: the seat is the lease. What is left in a free one is of the attempt before.';
comment on column basepool.seats.id is
'token_id * 1000 and the number of the place. An attempt''s id begins with it (_seat_of).';
comment on column basepool.seats.turn is
'Its place in the round, as virtual time: the lowest turn of those that are free is next.';
comment on column basepool.seats.attempt_id is
'Null while it is free.';
comment on column basepool.seats.state is
'submitting: the call is under way. running: Replicate has it. unknown: the answer was lost, it may exist.';
comment on column basepool.seats.route is
'By which route of Replicate''s it was sent; see _parse_model and model_routes.';
comment on column basepool.seats.input_hash is
'Of the text that was to be sent as input. The app may change the generation meanwhile, and what was not sent is no evidence.';
comment on column basepool.seats.answer_due_at is
'When a call that has not been answered counts as lost.';
comment on column basepool.seats.prediction_status is
'Replicate''s last word, also where we do not know the word.';
comment on column basepool.seats.has_webhook is
'Whether a webhook was ordered; without one the prediction is polled.';
comment on column basepool.seats.heard_at is
'When Replicate last said something about it.';
comment on column basepool.seats.check_at is
'When Replicate is asked, should no webhook have come.';
comment on column basepool.seats.checks is
'How often it was asked for; the pauses grow with it.';
comment on column basepool.seats.found_by_search is
'Its prediction was recognised by model and input, not named by an answer or a webhook. Equal ones are interchangeable.';
create index seats_free_idx on basepool.seats using btree (token_id, turn) where (attempt_id is null);
create unique index seats_generation_key on basepool.seats using btree (generation_id) where (generation_id is not null);
create trigger keep_taken_seat before delete on basepool.seats for each row when ((old.attempt_id is not null)) execute function basepool._keep_taken_seat();
create trigger keep_taken_seats before truncate on basepool.seats for each statement execute function basepool._keep_taken_seat();
alter table basepool.seats enable row level security;
create policy nobody on basepool.seats for all to public using (false);

create table basepool.settings (
  id boolean default true not null,
  user_active_limit integer default 5 not null,
  user_submits_per_minute integer,
  max_input_bytes integer default 1000000 not null,
  max_prompt_bytes integer default 200000 not null,
  max_name_bytes integer default 1024 not null,
  max_input_depth integer default 64 not null,
  max_attempts integer default 4 not null,
  default_max_in_flight integer default 10 not null,
  lease_time interval default '00:00:30'::interval not null,
  submit_timeout interval default '00:01:00'::interval not null,
  send_within interval default '00:00:02'::interval not null,
  absence_after interval default '00:01:00'::interval not null,
  cancel_after interval default '00:30:00'::interval not null,
  check_after interval default '00:01:30'::interval not null,
  check_at_most_every interval default '00:10:00'::interval not null,
  poll_every interval default '00:00:03'::interval not null,
  stuck_after interval default '00:30:00'::interval not null,
  stuck_grace interval default '00:10:00'::interval not null,
  stuck_message text default 'Превышено время ожидания'::text not null,
  removed_message text default 'Replicate had removed the result before it could be fetched'::text not null,
  late_success_delivers boolean default true not null,
  realtime boolean default false not null,
  delete_failed_after interval default '90 days'::interval not null,
  keep_history_for interval default '7 days'::interval not null,
  keep_attempts_for interval default '180 days'::interval not null,
  keep_audit_for interval default '365 days'::interval not null,
  keep_decisions interval default '24:00:00'::interval not null,
  former_secret_valid_for interval default '1 day'::interval not null,
  budget_seconds_per_day numeric,
  budget_usd_per_day numeric,
  settled_hook text,
  keep_outputs boolean not null,
  keep_files_of_deleted boolean default false not null,
  output_margin interval default '00:05:00'::interval not null,
  max_output_bytes bigint default 2000000000,
  alert_url text,
  alert_repeat_after interval default '04:00:00'::interval not null,
  heartbeat_url text,
  alert_queue_after interval default '00:10:00'::interval not null,
  alert_unknown integer default 20 not null,
  alert_stuck integer default 10 not null,
  alert_spend_factor numeric default 3 not null,
  alert_spend_seconds numeric default 3600 not null,
  alert_outputs_before interval default '00:15:00'::interval not null,
  enforce_user_rights boolean not null,
  tokens_in_vault boolean not null,
  adopted boolean not null,
  constraint settings_pkey primary key (id),
  constraint settings_absence_after_check check ((absence_after >= '00:00:00'::interval)),
  constraint settings_alert_outputs_before_check check (((alert_outputs_before >= '00:01:00'::interval) and (alert_outputs_before <= '00:50:00'::interval))),
  constraint settings_alert_queue_after_check check ((alert_queue_after >= '00:01:00'::interval)),
  constraint settings_alert_repeat_after_check check ((alert_repeat_after >= '00:10:00'::interval)),
  constraint settings_alert_spend_factor_check check ((alert_spend_factor >= (1)::numeric)),
  constraint settings_alert_spend_seconds_check check ((alert_spend_seconds >= (0)::numeric)),
  constraint settings_alert_stuck_check check ((alert_stuck > 0)),
  constraint settings_alert_unknown_check check ((alert_unknown > 0)),
  constraint settings_alert_url_check check (((alert_url ~ '^(vault:[^[:space:]]+|(https://|http://([^./:[:space:]]+|127\.0\.0\.1)(:[0-9]+)?/)[^[:space:]@]+)$'::text) and (length(alert_url) <= 2000))),
  constraint settings_budget_seconds_per_day_check check ((budget_seconds_per_day > (0)::numeric)),
  constraint settings_budget_usd_per_day_check check ((budget_usd_per_day > (0)::numeric)),
  constraint settings_cancel_after_check check (((cancel_after >= '00:00:05'::interval) and (cancel_after <= '24:00:00'::interval))),
  constraint settings_check_after_check check ((check_after > '00:00:00'::interval)),
  constraint settings_check_at_most_every_check check ((check_at_most_every > '00:00:00'::interval)),
  constraint settings_default_max_in_flight_check check (((default_max_in_flight >= 1) and (default_max_in_flight <= 1000))),
  constraint settings_delete_failed_after_check check ((delete_failed_after >= '1 day'::interval)),
  constraint settings_former_secret_valid_for_check check (((former_secret_valid_for >= '00:01:00'::interval) and (former_secret_valid_for <= '30 days'::interval))),
  constraint settings_heartbeat_url_check check (((heartbeat_url ~ '^(vault:[^[:space:]]+|(https://|http://([^./:[:space:]]+|127\.0\.0\.1)(:[0-9]+)?/)[^[:space:]@]+)$'::text) and (length(heartbeat_url) <= 2000))),
  constraint settings_id_check check (id),
  constraint settings_keep_attempts_for_check check ((keep_attempts_for >= '7 days'::interval)),
  constraint settings_keep_audit_for_check check ((keep_audit_for >= '1 day'::interval)),
  constraint settings_keep_decisions_check check (((keep_decisions >= '00:00:00'::interval) and (keep_decisions <= '30 days'::interval))),
  constraint settings_keep_history_for_check check ((keep_history_for >= '01:00:00'::interval)),
  constraint settings_lease_time_check check (((lease_time >= '00:00:03'::interval) and (lease_time <= '00:10:00'::interval))),
  constraint settings_max_attempts_check check (((max_attempts >= 1) and (max_attempts <= 100))),
  constraint settings_max_input_bytes_check check (((max_input_bytes >= 1000) and (max_input_bytes <= 3000000))),
  constraint settings_max_input_depth_check check (((max_input_depth >= 8) and (max_input_depth <= 200))),
  constraint settings_max_name_bytes_check check (((max_name_bytes >= 100) and (max_name_bytes <= 2000))),
  constraint settings_max_output_bytes_check check ((max_output_bytes >= 1)),
  constraint settings_max_prompt_bytes_check check (((max_prompt_bytes >= 1000) and (max_prompt_bytes <= 3000000))),
  constraint settings_output_margin_check check (((output_margin >= '00:00:00'::interval) and (output_margin <= '00:50:00'::interval))),
  constraint settings_poll_every_check check ((poll_every > '00:00:00'::interval)),
  constraint settings_removed_message_check check ((removed_message <> ''::text)),
  constraint settings_send_within_check check (((send_within >= '00:00:00.1'::interval) and (send_within <= '00:01:00'::interval))),
  constraint settings_settled_hook_check check ((settled_hook ~ '^[a-z_][a-z0-9_]{0,62}\.[a-z_][a-z0-9_]{0,62}$'::text)),
  constraint settings_stuck_after_check check ((stuck_after > '00:00:00'::interval)),
  constraint settings_stuck_grace_check check ((stuck_grace >= '00:00:00'::interval)),
  constraint settings_stuck_message_check check ((stuck_message <> ''::text)),
  constraint settings_submit_timeout_check check (((submit_timeout >= '00:00:01'::interval) and (submit_timeout <= '00:10:00'::interval))),
  constraint settings_user_active_limit_check check ((user_active_limit > 0)),
  constraint settings_user_submits_per_minute_check check (((user_submits_per_minute >= 1) and (user_submits_per_minute <= 1000000)))
);
comment on table basepool.settings is
'The one row of settings. Change it with basepool.configure().';
comment on column basepool.settings.user_active_limit is
'How many generations a user may have pending or processing at once (basepool.user_limits may say otherwise per user).';
comment on column basepool.settings.user_submits_per_minute is
'How many generations a user may submit in any 60 seconds (basepool.user_limits may say otherwise per user), because one that is
cancelled costs, too. Null: 60, or as many as the user may have active where that is more. More than 600 is no limit.';
comment on column basepool.settings.max_input_bytes is
'How long the input of a generation may be, as text; input_image_url, input_video_url and settings, too. What Replicate sends
back has the input in it, with six bytes for one that is not ASCII: the glue''s WEBHOOK_MAX_BYTES has to leave room for it.';
comment on column basepool.settings.max_prompt_bytes is
'How long the prompt of a generation may be.';
comment on column basepool.settings.max_name_bytes is
'How long the names of a generation may be: replicate_model, model_id, model_name, action, idempotency_key.';
comment on column basepool.settings.max_input_depth is
'How deep the objects and lists of an input may be nested. What reads JSON recursively gives up somewhere.';
comment on column basepool.settings.max_attempts is
'How often a generation is tried at most; a rule may allow less.';
comment on column basepool.settings.default_max_in_flight is
'Slots of a new token: predictions in flight at once.';
comment on column basepool.settings.lease_time is
'How long a worker may be silent about a call under way before the call counts as lost; it renews its leases as long as
it lives. submit_timeout still bounds the whole call, from its claim on.';
comment on column basepool.settings.submit_timeout is
'How long one create call may take before its outcome is unknown.';
comment on column basepool.settings.send_within is
'The longest time between a claim and the sending of what was claimed. The glue gives back unsent what would be later, and an
account''s limit per minute leaves room for it: Replicate counts arrivals, and what was delayed may arrive together. More
throughput with less (limit * 60 / (60 + send_within)), fewer calls given back with more.';
comment on column basepool.settings.absence_after is
'How long after a call was given up a complete list without it proves that Replicate never had it: a request may still be on
its way, and a list may lag.';
comment on column basepool.settings.cancel_after is
'Sent as Cancel-After: Replicate itself ends a prediction this long after its creation, so a forgotten one costs no more.';
comment on column basepool.settings.check_after is
'Silence of a prediction after which Replicate is asked for it, while nothing is known of its model (basepool.model_stats).';
comment on column basepool.settings.check_at_most_every is
'The pauses between two questions about the same prediction double up to this.';
comment on column basepool.settings.poll_every is
'The same where no webhook was ordered.';
comment on column basepool.settings.stuck_after is
'Age at which a pending or processing generation counts as stuck.';
comment on column basepool.settings.stuck_grace is
'How much longer a stuck generation waits for Replicate to be asked about it, before it is failed without an answer.';
comment on column basepool.settings.stuck_message is
'error_message of a generation that was cleaned up as stuck.';
comment on column basepool.settings.removed_message is
'error_message of a completed generation whose prediction succeeded, but whose result Replicate had deleted by the time it was
asked (data_removed, an hour after the end): it was paid for, and there is nothing to show.';
comment on column basepool.settings.late_success_delivers is
'Whether a prediction that succeeds after its generation was failed as stuck still completes it.';
comment on column basepool.settings.realtime is
'Whether a user''s page is told of changes of its generations as they are committed: by Supabase''s Realtime on the private topic
generations:<user>, and where there is none by a notification on basepool_changes. get_generation_changes works either way.';
comment on column basepool.settings.delete_failed_after is
'Age at which failed and cancelled generations are deleted.';
comment on column basepool.settings.keep_history_for is
'How long job_runs, webhook_events, ended searches and what pg_cron keeps of our jobs are kept.';
comment on column basepool.settings.keep_attempts_for is
'How long finished attempts are kept; token_stats stay.';
comment on column basepool.settings.keep_audit_for is
'How long it is kept who did what (basepool.audit).';
comment on column basepool.settings.keep_decisions is
'How long it is kept how claims paired what waited with tokens (basepool.decisions), for the page. 0: claims keep nothing.';
comment on column basepool.settings.former_secret_valid_for is
'How long a webhook secret that was replaced still verifies webhooks; then it is forgotten.';
comment on column basepool.settings.budget_seconds_per_day is
'How many seconds of predictions all accounts together may use in a day (UTC), those in flight counted as their models usually
take; basepool.accounts has one per account. Beyond it nothing is claimed until midnight UTC. Null: no budget.';
comment on column basepool.settings.budget_usd_per_day is
'The same in money, by the prices of basepool.models.';
comment on column basepool.settings.settled_hook is
'The app''s function that hears of every end, as schema.name, with arguments (uuid, text) or, if it is to hear what it cost, (uuid,
text, jsonb). It must be in no schema that PostgREST
exposes, and nobody but its owner may execute it. Null: public.on_generation_settled, where there is one.';
comment on column basepool.settings.keep_outputs is
'Whether the files of what is completed from now on are copied into the store before Replicate deletes them. False where
public.generations existed before basepool: the running app makes copies of its own.';
comment on column basepool.settings.keep_files_of_deleted is
'Whether files stay in the store when their generation is deleted. Nothing deletes them later.';
comment on column basepool.settings.output_margin is
'How long before Replicate deletes a file, an hour after the end, its copy is due. Who is late is tried all the same.';
comment on column basepool.settings.max_output_bytes is
'A larger file is not kept (too_large). Null: any is.';
comment on column basepool.settings.alert_url is
'Where alarms are sent, as JSON that Slack accepts: a URL, or vault:name for a secret of Vault. It is a secret, and shown to nobody.
Null: nowhere.';
comment on column basepool.settings.alert_repeat_after is
'An alarm that is still open is said again this long after it was said.';
comment on column basepool.settings.heartbeat_url is
'Called every minute while no alarm is open, so that somebody outside notices when this database says nothing any more. A URL, or
vault:name. Null: none.';
comment on column basepool.settings.alert_queue_after is
'QueueOld: those who are next have waited longer.';
comment on column basepool.settings.alert_unknown is
'UnknownMany: so many creates at once of which nobody knows the outcome.';
comment on column basepool.settings.alert_stuck is
'StuckGrowing: so many stuck generations at least, and more than ten
minutes ago.';
comment on column basepool.settings.alert_spend_factor is
'SpendAnomaly: so many times the median of the same hour of the seven days before.';
comment on column basepool.settings.alert_spend_seconds is
'SpendAnomaly: and at least so many seconds of predictions in that
hour.';
comment on column basepool.settings.alert_outputs_before is
'OutputsLate: so long before Replicate deletes what could not be copied yet.';
comment on column basepool.settings.enforce_user_rights is
'Whether users may write no more of their generations than a wish and its marks: inserts must be pending, updates are limited to
viewed, viewed_at and is_favorite, and strangers have no rights. False where the table existed before basepool: the app may write
more as its users. Changing it needs the tables for a moment.';
comment on column basepool.settings.tokens_in_vault is
'Whether tokens are kept in Supabase Vault where that is installed. False where public.generations existed before basepool: the
running app reads the column. basepool tokens secure changes it.';
comment on column basepool.settings.adopted is
'Whether public.generations existed before basepool: a fact, and no setting.';
alter table basepool.settings enable row level security;
create policy nobody on basepool.settings for all to public using (false);

create table basepool.spending (
  account_id bigint not null,
  hour timestamp with time zone not null,
  runs integer not null,
  seconds numeric not null,
  usd numeric not null,
  constraint spending_pkey primary key (account_id, hour)
);
comment on table basepool.spending is
'What the predictions of an account that ended in an hour have cost, by the prices of basepool.models when they were counted
(_count_attempts).';
comment on column basepool.spending.seconds is
'Of metrics.predict_time.';
create index spending_hour_idx on basepool.spending using btree (hour);
alter table basepool.spending enable row level security;
create policy nobody on basepool.spending for all to public using (false);

create table basepool.token_stats (
  token_id integer not null,
  account_id bigint not null,
  hour timestamp with time zone not null,
  leases integer not null,
  succeeded integer not null,
  failed integer not null,
  canceled integer not null,
  rejected integer not null,
  open integer not null,
  predict_seconds numeric not null,
  errors jsonb not null,
  queue_buckets jsonb default '{}'::jsonb not null,
  submit_buckets jsonb default '{}'::jsonb not null,
  predict_buckets jsonb default '{}'::jsonb not null,
  constraint token_stats_pkey primary key (token_id, hour)
);
comment on table basepool.token_stats is
'Attempts per token and hour of their lease, rolled up by the job rollup. They add up: leases is the sum of the
outcomes. No foreign key to accounts: its check would lock one while the tokens'' counters are yet to be written.';
comment on column basepool.token_stats.predict_seconds is
'What Replicate charged for.';
comment on column basepool.token_stats.errors is
'How many attempts each error rule decided: {"throttled": 3}.';
comment on column basepool.token_stats.queue_buckets is
'How many waited how long between queue and lease, by bucket (_bucket_bounds): {"17": 3}. Unlike percentiles they add up.';
comment on column basepool.token_stats.submit_buckets is
'The same between lease and Replicate''s answer to the create.';
comment on column basepool.token_stats.predict_buckets is
'The same of metrics.predict_time.';
create index token_stats_account_idx on basepool.token_stats using btree (account_id);
create index token_stats_hour_idx on basepool.token_stats using btree (hour);
create index token_stats_open_idx on basepool.token_stats using btree (token_id) where (open > 0);
alter table basepool.token_stats enable row level security;
create policy nobody on basepool.token_stats for all to public using (false);

create table basepool.token_uses (
  id bigint generated always as identity not null,
  token_id integer not null,
  used_at timestamp with time zone not null,
  uses integer default 1 not null,
  constraint token_uses_pkey primary key (id)
);
comment on table basepool.token_uses is
'Uses of tokens, until the roll-up has added them to request_count: for a call of the app''s own (get_next_replicate_token), and the
leases that _count_attempts has found.';
alter table basepool.token_uses enable row level security;
create policy nobody on basepool.token_uses for all to public using (false);

create unlogged table basepool.unsent_changes (
  transaction_id xid8 not null,
  user_id uuid not null,
  generation_id uuid not null,
  constraint unsent_changes_pkey primary key (transaction_id, user_id, generation_id)
) with (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=1000);
comment on table basepool.unsent_changes is
'The generations that changed in a transaction which has not committed yet, and whose they are. Always empty for everybody else.';
create constraint trigger send_changes after insert on basepool.unsent_changes deferrable initially deferred for each row execute function basepool._send_changes();
alter table basepool.unsent_changes enable row level security;
create policy nobody on basepool.unsent_changes for all to public using (false);

create table basepool.unsettled (
  generation_id uuid not null,
  status text not null,
  error_message text,
  prediction jsonb,
  token_id integer,
  leased_at timestamp with time zone,
  outcome text,
  details jsonb,
  reason text not null,
  since timestamp with time zone not null,
  tries integer default 0 not null,
  again_at timestamp with time zone not null,
  constraint unsettled_pkey primary key (generation_id),
  constraint unsettled_status_check check ((status = any (array['completed'::text, 'failed'::text, 'cancelled'::text])))
);
comment on table basepool.unsettled is
'One row per generation that has ended at Replicate and could not be settled, because the app''s hook fails (TP024). It
stays active until that function works. No foreign key: its check would lock the app''s wide row.';
comment on column basepool.unsettled.status is
'How it is to end; the next four columns are what is to be written with it.';
comment on column basepool.unsettled.outcome is
'What the hook is to be told, with details, of one that was deleted: nothing else is to be done for it. Null for all others.';
comment on column basepool.unsettled.reason is
'What the function said last.';
comment on column basepool.unsettled.tries is
'How often it was tried again; the pauses grow with it.';
create index unsettled_again_idx on basepool.unsettled using btree (again_at);
alter table basepool.unsettled enable row level security;
create policy nobody on basepool.unsettled for all to public using (false);

create table basepool.usage_stats (
  id bigint generated always as identity not null,
  hour timestamp with time zone not null,
  account_id bigint not null,
  token_id integer not null,
  model text not null,
  user_id uuid,
  count integer not null,
  seconds numeric not null,
  usd numeric,
  constraint usage_stats_pkey primary key (id),
  constraint usage_stats_key unique nulls not distinct (hour, account_id, token_id, model, user_id)
);
comment on table basepool.usage_stats is
'Who used what: the predictions that ended in an hour (UTC), by account, token, model and user. Kept for
settings.keep_attempts_for.';
comment on column basepool.usage_stats.model is
'Without its version.';
comment on column basepool.usage_stats.user_id is
'Null where the generation was deleted before it was counted.';
comment on column basepool.usage_stats.count is
'Predictions; a create that Replicate refused is none.';
comment on column basepool.usage_stats.seconds is
'Of metrics.predict_time.';
comment on column basepool.usage_stats.usd is
'By the prices of basepool.models when they were counted; null where the model has none.';
alter table basepool.usage_stats enable row level security;
create policy nobody on basepool.usage_stats for all to public using (false);

create table basepool.user_limits (
  user_id uuid not null,
  max_active integer,
  submits_per_minute integer,
  recent_submits timestamp with time zone[] default '{}'::timestamp with time zone[] not null,
  weight integer default 1 not null,
  priority smallint default 0 not null,
  finish_tag bigint default 0 not null,
  constraint user_limits_pkey primary key (user_id),
  constraint user_limits_max_active_check check ((max_active >= 0)),
  constraint user_limits_submits_per_minute_check check (((submits_per_minute >= 1) and (submits_per_minute <= 1000000))),
  constraint user_limits_weight_check check (((weight >= 1) and (weight <= 1000)))
) with (fillfactor=50);
comment on table basepool.user_limits is
'One row per user who ever submitted; its lock makes the limit exact. Rows appear by themselves.';
comment on column basepool.user_limits.max_active is
'Overrides settings.user_active_limit for this user.';
comment on column basepool.user_limits.submits_per_minute is
'Overrides settings.user_submits_per_minute for this user.';
comment on column basepool.user_limits.recent_submits is
'When this user has submitted within the minute before the last time: as many entries as the limit at most.';
comment on column basepool.user_limits.weight is
'Share of the pool relative to other users.';
comment on column basepool.user_limits.priority is
'Higher goes first, whatever the shares.';
comment on column basepool.user_limits.finish_tag is
'Virtual time at which all that this user submitted is served.';
create trigger mark_priority after insert or update of priority on basepool.user_limits for each row when ((new.priority <> 0)) execute function basepool._mark_priority();
alter table basepool.user_limits enable row level security;
create policy nobody on basepool.user_limits for all to public using (false);

create table basepool.user_rights (
  "position" integer generated always as identity not null,
  kind text not null,
  statement text not null,
  constraint user_rights_pkey primary key ("position"),
  constraint user_rights_kind_check check ((kind = any (array['enforce'::text, 'restore'::text])))
);
comment on table basepool.user_rights is
'The statements by which _sync_user_rights takes from users what they need not have (enforce), and by which it gives back what was
there before (restore: written when it takes).';
alter table basepool.user_rights enable row level security;
create policy nobody on basepool.user_rights for all to public using (false);

create table basepool.wake_up (
  id boolean default true not null,
  is_wanted boolean default true not null,
  constraint wake_up_pkey primary key (id),
  constraint wake_up_id_check check (id)
) with (fillfactor=20);
comment on table basepool.wake_up is
'Whether a worker has found nothing to do and wants to be told. A notification in every transaction would let only one of them
commit at a time, so that there is none while the workers are busy.';
alter table basepool.wake_up enable row level security;
create policy nobody on basepool.wake_up for all to public using (false);

create table basepool.webhook_events (
  webhook_id text not null,
  attempt_id uuid not null,
  prediction_id text,
  prediction_status text,
  received_at timestamp with time zone not null,
  outcome text not null,
  xact xid8 default pg_current_xact_id() not null,
  constraint webhook_events_pkey primary key (webhook_id)
);
comment on table basepool.webhook_events is
'The inbox, unique by webhook-id: what came in and what became of it, refused ones too. No foreign key to attempts,
because what names an unknown attempt is to be seen here as well.';
comment on column basepool.webhook_events.xact is
'As in basepool.attempts.';
create index webhook_events_received_idx on basepool.webhook_events using btree (received_at);
create index webhook_events_refused_idx on basepool.webhook_events using btree (received_at) where (outcome ~~ 'refused%'::text);
alter table basepool.webhook_events enable row level security;
create policy nobody on basepool.webhook_events for all to public using (false);

create table basepool.workers (
  name text not null,
  version text not null,
  schema_version integer not null,
  since timestamp with time zone not null,
  heard_at timestamp with time zone not null,
  doing text not null,
  hands integer not null,
  hands_free integer not null,
  busy_since timestamp with time zone,
  orders_webhooks boolean not null,
  constraint workers_pkey primary key (name),
  constraint workers_check check (((hands_free >= 0) and (hands_free <= hands))),
  constraint workers_hands_check check ((hands > 0))
) with (fillfactor=20);
comment on table basepool.workers is
'One row per worker that was heard of (basepool.heartbeat); gone when it stops, pruned when it is silent for long. No index but
the key: a heartbeat shall change none.';
comment on column basepool.workers.version is
'The release of the glue.';
comment on column basepool.workers.schema_version is
'The version of the schema that it was made for.';
comment on column basepool.workers.since is
'When it was heard of first.';
comment on column basepool.workers.heard_at is
'Its last heartbeat.';
comment on column basepool.workers.doing is
'What it does, in its own words.';
comment on column basepool.workers.hands is
'Calls to Replicate that it makes at once.';
comment on column basepool.workers.busy_since is
'Since when none of its hands has been free, as far as its heartbeats say.';
comment on column basepool.workers.orders_webhooks is
'Whether it tells Replicate where to announce results (PUBLIC_URL).';
alter table basepool.workers enable row level security;
create policy nobody on basepool.workers for all to public using (false);

create function public.cancel_generation(p_id uuid)
returns text
language sql volatile set search_path = '';
comment on function public.cancel_generation(uuid) is
'Cancels one''s own generation. p_id: its id. Returns cancelled or already cancelled. Raises PT404 (none of yours) and PT409 (it
has finished). For authenticated and service_role.';
grant execute on function public.cancel_generation(uuid) to authenticated, service_role;

create function public.explain_generation(p_id uuid)
returns jsonb
language sql volatile set search_path = '';
comment on function public.explain_generation(uuid) is
'Why a generation is not running, as JSON: status, waits_for (worker, turn, slot, rate, cooldown, budget, model, recovery, pool,
pause, breaker, retry; answer, result, certainty once it was sent, hook once it has ended and can''t be settled; nobody, nothing),
reason, position (10001: or more), earliest_start (null when only the end of another prediction can tell), and for the service
role and who owns basepool (in the SQL editor) pool and workers: how each token and each worker is. Raises PT404. For
authenticated and service_role. Of one that is completed, reason says what became of its files, too.';
grant execute on function public.explain_generation(uuid) to authenticated, service_role;

create function public.get_generation_changes(
  p_since timestamp with time zone default null::timestamp with time zone,
  p_max integer default 100
)
returns table (id uuid, status text, changed_at timestamp with time zone, next_since timestamp with time zone)
language sql stable set search_path = '';
comment on function public.get_generation_changes(timestamp with time zone,integer) is
'Which of the caller''s own generations came in, or changed their status or their links, after p_since (null: a day ago), in the
order in which they did: id, status as it is now, changed_at, and next_since, the same in every row, to be passed as p_since next
time. Of a page that is full it is the last changed_at, and there is more to read at once; else, and at the latest, it is 15
seconds ago, so that some are told twice and none is missed that is committed late. No row: nothing has changed, pass the same
p_since again. p_max: how many, 1 to 1000; those that changed at the same moment as the last one come with it. What was deleted is
not told, and only rows of auth.uid() are, also where policies show more. For authenticated.';
grant execute on function public.get_generation_changes(timestamp with time zone,integer) to authenticated;

create function public.get_generation_counts(p_user_id uuid)
returns table (all_count bigint, processing_count bigint, favorites_count bigint, failed_count bigint)
language sql stable;
comment on function public.get_generation_counts(uuid) is
'How many generations a user has: all, pending or processing, favorites, failed; without the segments of keyframe jobs, which the
app''s lists leave out. One row; row level security decides what the caller may count. Its body is parsed when it is made: its callers have no usage of the
schema basepool. For authenticated and service_role.';
grant execute on function public.get_generation_counts(uuid) to authenticated, service_role;

create function public.get_next_replicate_token()
returns table (id integer, token text)
language plpgsql volatile security definer set search_path = '' set plan_cache_mode = 'force_generic_plan' set enable_seqscan = 'off' set enable_sort = 'off' set enable_bitmapscan = 'off' set enable_hashjoin = 'off' set enable_mergejoin = 'off' set jit = 'off';
comment on function public.get_next_replicate_token() is
'The next token of the round, for one create that the app makes by itself. Returns id and token, one row. A token that is merely
locked is waited for. Where none can be had (none is usable, all are at their limits, or the pool is paused) it raises PT503: detail
says why, hint until when; where the app was there before basepool it returns no row, as before, and the server''s log has the reason
(a warning). Definer: secrets and limits are nobody''s to read. For service_role.';
grant execute on function public.get_next_replicate_token() to service_role;

create function public.get_output_urls(p_generation uuid, p_seconds integer default 3600)
returns table (
  nth integer,
  url text,
  thumb_url text,
  content_type text,
  size bigint,
  width integer,
  height integer,
  seconds numeric
)
language sql volatile set search_path = '';
comment on function public.get_output_urls(uuid,integer) is
'The files of a generation, in the order of output_urls: where each can be fetched, its thumbnail (null where there is none), and
what it is, as far as it is known. A public one has its lasting URL; a private one a link that is signed and ends after p_seconds
(1 to 604800, that is 7 days); one that is not kept, or not yet, what output_urls has. Raises PT400, PT404. For authenticated and
service_role.';
grant execute on function public.get_output_urls(uuid,integer) to authenticated, service_role;

create function public.submit_generation(
  p_replicate_model text,
  p_input jsonb,
  p_action text default 'create'::text,
  p_prompt text default null::text,
  p_settings jsonb default '{}'::jsonb,
  p_workspace_id uuid default null::uuid,
  p_user_id uuid default null::uuid,
  p_idempotency_key text default null::text,
  p_model_id text default null::text,
  p_model_name text default null::text
)
returns uuid
language plpgsql volatile set search_path = '';
comment on function public.submit_generation(text,jsonb,text,text,jsonb,uuid,uuid,text,text,text) is
'Queues a generation and returns its id. p_replicate_model: owner/name, owner/name:<version>, <version> or
deployments/owner/name; p_input: what is sent to the model, a JSON object; p_action: as generations.action; p_user_id: for the
service role, users submit for themselves; p_idempotency_key: the same key again returns the first one''s id. Raises PT400
(model or input), PT403 (another user, or a model that is not offered), PT409 (key used for another input), PT429 (a limit of the
user''s: active generations, those of a model, submits per minute). For authenticated and service_role.';
grant execute on function public.submit_generation(text,jsonb,text,text,jsonb,uuid,uuid,text,text,text) to authenticated, service_role;

create function public.submit_generations(p_items jsonb)
returns table (nth integer, id uuid, error jsonb)
language plpgsql volatile set search_path = '';
comment on function public.submit_generations(jsonb) is
'submit_generation for a JSON array of up to 1000 items: {replicate_model, input, action, prompt, settings, workspace_id,
user_id, idempotency_key, model_id, model_name}, named as its arguments; all but the first two may be left out. Returns one
row per item, in any order: nth (from 1), and the id, or error (code, message, detail, hint) where submit_generation would
have raised one. An item that fails spoils no other. Raises PT400 when it is not such an array. For authenticated and
service_role.';
grant execute on function public.submit_generations(jsonb) to authenticated, service_role;

create function basepool._absolve(p_attempt basepool.attempts)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._absolve(basepool.attempts) is
'Ends the suspension of the attempt''s token and the cooldown of its account, if they began before this lease: it was the
probe.';

create function basepool._act_as(p_actor text)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._act_as(text) is
'Names who acts, for _audit, until the calling function calls it with null, which it does before it returns; an error ends it, too.
p_actor: the operator, null: nobody but the login. Raises PT400.';

create function basepool._add_counts(p_counts jsonb, p_more jsonb)
returns jsonb
language sql immutable parallel safe set search_path = '';
comment on function basepool._add_counts(jsonb,jsonb) is
'The sum of two objects of counts, {"throttled": 3}, name by name; what comes to nothing is left out.';

create function basepool._add_cron_job(p_name text, p_schedule text, p_command text)
returns bigint
language plpgsql volatile set search_path = '';
comment on function basepool._add_cron_job(text,text,text) is
'Has pg_cron run p_command in this database by p_schedule, under the name p_name; one of the caller''s that has this name is
changed. Returns pg_cron''s number of the job. pg_cron must be installed. For _schedule_jobs and schedule_glue.';

create function basepool._admit_generation()
returns trigger
language plpgsql volatile security definer set search_path = '';
comment on function basepool._admit_generation() is
'Trigger, before a pending generation is inserted, or queued_at is set in one that the app has inserted for itself: checks model,
input, the size of each field and the user''s limits of one that is to be queued, that is when queued_at is set or basepool.cutover
says so; sets queued_at, and cost_credits where basepool.models has its model, or a user has inserted it plainly (then to what the
column has by default; what it has of a result is gone, too). Everything else is the app''s. Raises PT400, PT403,
PT409 (handed over while it is not pending, or was sent) and PT429.
Definer: users have no rights on limits and settings.';

create function basepool._all_attempts()
returns setof basepool.attempts
language sql stable;
comment on function basepool._all_attempts() is
'Every attempt: those in flight (finished_at is null; of basepool.seats) and those that are over (of basepool.attempts). One
is found by id and seat_id (_seat_of), or by its generation. Inlined.';

create function basepool._allowed_values(p_setting text)
returns text
language plpgsql stable set search_path = '';
comment on function basepool._allowed_values(text) is
'In words, what the setting p_setting may be, read from the type and the checks of its column: a whole number, 1 to 100. For
list_settings and configure.';

create function basepool._announce_settled()
returns trigger
language plpgsql volatile security definer set search_path = '';
comment on function basepool._announce_settled() is
'Trigger, after a generation was marked as settled, or was deleted while it was active: calls the hook, settings.settled_hook or
public.on_generation_settled where the app has one, with (generation, outcome) or (generation, outcome, details). outcome:
completed, failed, cancelled before start (nothing was sent that may cost) or cancelled after start; details:
_settlement_details. Raises TP024, but for what was deleted, which is noted in basepool.unsettled. Definer: the function is
called with the same rights whoever settles.';

create function basepool._apply_item(
  p_item jsonb,
  p_source text,
  out outcome text,
  out rule text,
  out retry_at timestamp with time zone
)
returns record
language plpgsql volatile set search_path = '';
comment on function basepool._apply_item(jsonb,text) is
'Applies one item of _apply_items. Raises what is wrong with it.';

create function basepool._apply_items(p_items jsonb, p_source text)
returns table (nth integer, outcome text, rule text, retry_at timestamp with time zone, error jsonb)
language plpgsql volatile set search_path = '' set plan_cache_mode = 'force_generic_plan' set enable_seqscan = 'off' set enable_bitmapscan = 'off' set enable_hashjoin = 'off' set enable_mergejoin = 'off' set jit = 'off';
comment on function basepool._apply_items(jsonb,text) is
'What apply_predictions and record_answers have in common. p_source: of items that name none. Returns for each item its nth,
from 1, and what they say.';

create function basepool._apply_late_prediction(p_attempt basepool.attempts, p_prediction jsonb)
returns text
language plpgsql volatile set search_path = '';
comment on function basepool._apply_late_prediction(basepool.attempts,jsonb) is
'Applies a prediction to an attempt that is over, and that the caller has locked. Returns late or delivered late.';

create function basepool._apply_one(
  p_attempt uuid,
  p_prediction jsonb,
  p_source text,
  p_webhook_id text,
  p_has_webhook boolean
)
returns text
language plpgsql volatile set search_path = '' set plan_cache_mode = 'force_generic_plan' set enable_seqscan = 'off' set enable_bitmapscan = 'off' set enable_hashjoin = 'off' set enable_mergejoin = 'off' set jit = 'off';
comment on function basepool._apply_one(uuid,jsonb,text,text,boolean) is
'Applies what Replicate says about one attempt: by source answer as record_submitted does, else as apply_prediction. Returns
what they return, but applied where record_submitted says recorded.';

create function basepool._apply_plain(p_items jsonb, p_source text)
returns table (nth integer, outcome text)
language plpgsql volatile set search_path = '';
comment on function basepool._apply_plain(jsonb,text) is
'Applies those items of p_items (see apply_predictions) to their seats, which it locks, with which there is nothing
special. Returns their nth and outcome, applied or unchanged. Raises whatever one of them does; nothing was applied
then.';

create function basepool._apply_plain_one(
  p_attempt uuid,
  p_prediction jsonb,
  p_source text,
  p_webhook_id text,
  p_has_webhook boolean
)
returns text
language plpgsql volatile set search_path = '';
comment on function basepool._apply_plain_one(uuid,jsonb,text,text,boolean) is
'Applies a prediction with which there is nothing special to the attempt, whose seat it locks; the arguments are those of
apply_prediction and record_submitted. Returns applied or unchanged, or null when it is for others; nothing was written then.';

create function basepool._apply_prediction(p_attempt basepool.attempts, p_prediction jsonb)
returns text
language plpgsql volatile set search_path = '';
comment on function basepool._apply_prediction(basepool.attempts,jsonb) is
'Applies a prediction to its attempt, which the caller has locked, and to its generation. Returns applied, unchanged, stale
(older than what is known), late (the attempt or its generation was over) or delivered late. Raises PT400 and TP002.';

create function basepool._as_double(p_number numeric)
returns double precision
language sql immutable set search_path = '';
comment on function basepool._as_double(numeric) is
'The double that p_number is read as, without an error for what is out of range.';

create function basepool._as_history(
  p_seat basepool.seats,
  p_account bigint,
  p_state text,
  p_prediction jsonb,
  p_now timestamp with time zone
)
returns setof basepool.attempts
language sql stable rows 1;
comment on function basepool._as_history(basepool.seats,bigint,text,jsonb,timestamp with time zone) is
'The attempt in p_seat as the row of basepool.attempts that it becomes. Inlined.';

create function basepool._ask_glue(p_job text, out is_asked boolean, out says text)
returns record
language plpgsql volatile set search_path = '';
comment on function basepool._ask_glue(text) is
'Has a job of the glue done by whoever can: calls the glue, where schedule_glue counts, else wakes the workers, who do them all
the time. is_asked: whether there is anybody to do it; says: who, in words.';

create function basepool._audit(
  p_action text,
  p_target text,
  p_details jsonb default '{}'::jsonb,
  p_actor text default null::text
)
returns void
language sql volatile set search_path = '';
comment on function basepool._audit(text,text,jsonb,text) is
'Writes into basepool.audit what the caller of the calling function did, and who that is. p_action: the command; p_target: what it
was done to; p_details: an object of a few small values, of which nulls are left out; p_actor: for whom, null: whom an acting function
of the page has named (_act_as). What looks like a secret is hidden.';

create function basepool._back_off(p_first interval, p_failures integer)
returns interval
language sql volatile set search_path = '';
comment on function basepool._back_off(interval,integer) is
'How long to pause after p_failures failures in a row, when the first pause is p_first: doubled each time, an hour at most,
and up to a tenth longer by chance.';

create function basepool._begin_probes(p_tokens integer[], p_now timestamp with time zone)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._begin_probes(integer[],timestamp with time zone) is
'Keeps other leases away from those of p_tokens that were suspended, or whose account was cooling, until a probe must have
been answered.';

create function basepool._begin_search(p_account bigint, p_worker text)
returns basepool.searches
language plpgsql volatile set search_path = '';
comment on function basepool._begin_search(bigint,text) is
'Begins a search of an account, which the caller has locked, for p_worker. Returns it; null when one is under way or nothing is
to be looked for.';

create function basepool._blame(
  p_attempt basepool.attempts,
  p_rule basepool.error_rules,
  p_error text,
  p_wait interval
)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._blame(basepool.attempts,basepool.error_rules,text,interval) is
'Counts an error that concerns the token or its account at the token that was used and, as the rule says, suspends the token or
cools down its account, or counts it for its breaker. p_wait: how long the answer said to wait; it wins over the rule.';

create function basepool._bucket_bounds()
returns double precision[]
language sql immutable parallel safe set search_path = '';
comment on function basepool._bucket_bounds() is
'Where the buckets of times begin, in seconds, from 0.01 to 8000: bucket n holds what is at least bound n and less than bound n + 1,
bucket 0 what is less than the first. Whatever is read off them is off by a quarter at most.';

create function basepool._bucket_of(p_user uuid)
returns integer
language sql immutable;
comment on function basepool._bucket_of(uuid) is
'Where a user stands between 0 and 9999, by a hash that never changes: basepool.cutover takes those below 100 * percent. Inlined,
because every plain insert asks.';

create function basepool._budget_of(p_account text)
returns jsonb
language sql stable set search_path = '';
comment on function basepool._budget_of(text) is
'The budget of an account, as set_budget names it, or of all (null): {seconds, usd}. Null where there is no such account.';

create function basepool._burst(p_per_minute integer, p_burst integer)
returns integer
language sql immutable parallel safe;
comment on function basepool._burst(integer,integer) is
'Requests at once under a limit of p_per_minute: p_burst, null for a tenth; always at least 1 and less than the limit.
Inlined.';

create function basepool._call_glue(p_job text)
returns bigint
language plpgsql volatile set search_path = '';
comment on function basepool._call_glue(text) is
'Has pg_net call /api/cron/p_job of the glue when this transaction commits, and notes the request. dispatch,
store and alert are not called while there is nothing to do. Returns the request''s number at pg_net, null where nothing was called. For pg_cron, by schedule_glue.';

create function basepool._call_glue_at_once()
returns trigger
language plpgsql volatile set search_path = '';
comment on function basepool._call_glue_at_once() is
'Trigger on basepool.queue, after each statement that inserts, while schedule_glue counts: has the glue dispatch, once a second at
most.';

create function basepool._call_hook(
  p_name text,
  p_hook regprocedure,
  p_generation uuid,
  p_outcome text,
  p_details jsonb
)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._call_hook(text,regprocedure,uuid,text,jsonb) is
'Calls the hook. p_name: settings.settled_hook; p_hook: what _find_hook found; p_details: null where it takes none. Raises TP024.';

create function basepool._cancel_after(p_model text, p_most interval)
returns integer
language plpgsql stable set search_path = '';
comment on function basepool._cancel_after(text,interval) is
'Cancel-After for a prediction of p_model, in seconds: the timeout of basepool.models, at most p_most (settings.cancel_after).';

create function basepool._cancel_attempts(p_generation uuid, p_reason text)
returns integer
language plpgsql volatile set search_path = '';
comment on function basepool._cancel_attempts(uuid,text) is
'Ends the attempt in flight of a generation, whose seat the caller has locked, and has its prediction cancelled at Replicate.
p_reason: kept as the attempt''s decision. Returns how many there were (0 or 1).';

create function basepool._cancel_generation(p_id uuid)
returns text
language plpgsql volatile set search_path = '';
comment on function basepool._cancel_generation(uuid) is
'Cancels a generation, whoever owns it. Returns cancelled or already cancelled. Raises PT409 when it has finished.';

create function basepool._cancel_listed(p_ids uuid[], p_dry_run boolean)
returns table (generation_id uuid, outcome text, is_sent boolean, error text)
language plpgsql volatile set search_path = '';
comment on function basepool._cancel_listed(uuid[],boolean) is
'Cancels the generations p_ids, in that order, without waiting for anybody; p_dry_run: only says what would become of them.
outcome: cancelled, would be cancelled, is run by the app, has ended already (and could not be settled yet), or as _try_cancel
says; is_sent: Replicate had it, or would have.';

create function basepool._capped(p_count bigint, p_cap integer default 10000)
returns jsonb
language sql immutable set search_path = '';
comment on function basepool._capped(bigint,integer) is
'{count, capped} of what was counted up to p_cap + 1: capped says that there are more than p_cap.';

create function basepool._carry_on_cancellations()
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._carry_on_cancellations() is
'Ends the attempts of generations that were cancelled or deleted while somebody was at them, unless they have ended meanwhile.
Part of claim_cancellations.';

create function basepool._changes(p_was jsonb, p_is jsonb)
returns jsonb
language sql immutable set search_path = '';
comment on function basepool._changes(jsonb,jsonb) is
'The members in which two objects differ, each as {was, is}, for _audit. p_was, p_is: objects, null: there was none, or is none.';

create function basepool._check_cutover(p_pattern text, p_percent numeric)
returns text
language plpgsql immutable set search_path = '';
comment on function basepool._check_cutover(text,numeric) is
'p_pattern as basepool.cutover has it: % stands for * as well. Raises PT400 when it stands for no models or only for those of
another provider, or when p_percent (null: none) is no percentage.';

create function basepool._check_hook(p_name text, out hook regprocedure, out problem text, out remedy text)
returns record
language plpgsql stable set search_path = '';
comment on function basepool._check_hook(text) is
'The function that settled_hook = p_name means (null: public.on_generation_settled, if there is one), and what is wrong with it, if
anything, with what to do: it is not there, PostgREST exposes it, somebody else owns it, or anybody but its owner may execute it.';

create function basepool._check_input(
  p_input jsonb,
  p_max_bytes integer,
  p_max_depth integer,
  out body text,
  out fault text,
  out hint text
)
returns record
language plpgsql immutable set search_path = '';
comment on function basepool._check_input(jsonb,integer,integer) is
'Whether an input can be sent to Replicate: it is a JSON object of at most p_max_bytes as text, nested p_max_depth levels deep
(8 or more), and its numbers are finite as doubles. Returns body, the text that is sent, or fault, what is wrong, with a hint
what to do.';

create function basepool._check_items(p_items jsonb, p_name text default 'items'::text)
returns void
language plpgsql immutable set search_path = '';
comment on function basepool._check_items(jsonb,text) is
'Raises PT400 unless p_items is an array of at most 1000; p_name is what they are called in the error.';

create function basepool._check_model(p_model text)
returns basepool.models
language plpgsql stable set search_path = '';
comment on function basepool._check_model(text) is
'The row of basepool.models for p_model, nulls where there is none at all. Raises PT403 when it is not listed, or not enabled.';

create function basepool._check_realtime(out problem text, out remedy text)
returns record
language plpgsql stable set search_path = '';
comment on function basepool._check_realtime() is
'What keeps users from being told by Realtime while settings.realtime is on, and what to do: the schema, the table or the policy.
Nulls where all is well, or there is no Realtime. For _list_findings.';

create function basepool._check_user_limit(
  p_user_id uuid,
  p_generation uuid,
  p_pattern text default null::text,
  p_max_of_pattern integer default null::integer
)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._check_user_limit(uuid,uuid,text,integer) is
'Raises PT429 when a user has as many generations active as settings.user_active_limit allows (or basepool.user_limits for this
user), of the model p_pattern of basepool.models as many as p_max_of_pattern (null: no such limit), or has submitted as many in
the last 60 seconds as settings.user_submits_per_minute allows; counts this one otherwise. p_generation: the one that is to come in,
which does not count. What the app runs itself counts as well, as long as it is not stuck; segments of keyframe jobs do not. What was
cancelled counts until it has ended at Replicate; stuck ones count only while they may run there. Lock the user first (_lock_user).';

create function basepool._choose_token(
  out seat_id integer,
  out token_id integer,
  out account_id bigint,
  out turn bigint,
  out step bigint,
  out is_probe boolean
)
returns record
language plpgsql volatile set search_path = '' set enable_mergejoin = 'on' set enable_nestloop = 'off' set jit = 'off';
comment on function basepool._choose_token() is
'The seat whose turn it is, as _choose_tokens returns it, its limiter locked. seat_id is null when that is not easily said, or
no token can take a lease; the limiter of account_id is locked then, if there is one: look with _choose_tokens.';

create function basepool._choose_tokens(
  p_max integer,
  out seats integer[],
  out tokens integer[],
  out accounts bigint[],
  out turns bigint[],
  out steps bigint[],
  out has_probe boolean
)
returns record
language plpgsql volatile set search_path = '';
comment on function basepool._choose_tokens(integer) is
'Locks the limiters of up to p_max accounts that can take a lease now, and returns up to p_max free seats of their tokens in
round-robin order, each with what a lease of it costs its limiter (steps); has_probe: whether one of them tries what was
suspended or cooling. Null only when no token can take a lease; waits while those that can are locked by others.';

create function basepool._classify_error(p_source text, p_status integer, p_text text)
returns basepool.error_rules
language sql stable set search_path = '';
comment on function basepool._classify_error(text,integer,text) is
'The first rule of basepool.error_rules that matches. p_source: http, transport or prediction; p_status: HTTP status, null
where there is none; p_text: the error. Returns null when no rule matches.';

create function basepool._clean_text(p_text text, p_most integer)
returns text
language sql immutable set search_path = '';
comment on function basepool._clean_text(text,integer) is
'The first p_most characters of p_text (… tells that there are more), line by line as _printable shows it.';

create function basepool._clean_up()
returns jsonb
language plpgsql volatile set search_path = '';
comment on function basepool._clean_up() is
'Marks calls that nobody answered for as unknown and fails stuck generations; removes the seats that a lowered limit has left;
makes the policy of Realtime that was not to be had before. Returns {expired_leases, settled_again,
failed_generations}. The job cleanup. For the owner and basepool.run_job.';

create function basepool._close_breaker(p_name text)
returns boolean
language plpgsql volatile set search_path = '';
comment on function basepool._close_breaker(text) is
'Closes the breaker of a model, or of the provider (empty). Returns whether that was done now: not where claims that park are under
way, nor where it is not open.';

create function basepool._compare_inputs(p_ours jsonb, p_theirs jsonb)
returns text
language plpgsql immutable set search_path = '';
comment on function basepool._compare_inputs(jsonb,jsonb) is
'Compares an input that was sent (p_ours) with one that Replicate shows (p_theirs). Returns same (numbers: as doubles), different
(provably another one) or perhaps (files rewritten, keys added or dropped, types changed).';

create function basepool._compare_numbers(p_ours numeric, p_theirs numeric)
returns text
language sql immutable set search_path = '';
comment on function basepool._compare_numbers(numeric,numeric) is
'Compares a number that was sent (p_ours) with one that Replicate shows (p_theirs). Returns same (equal as doubles), perhaps (as
far from each other as floats, cut or rounded to an integer, or p_ours is an integer that no double holds), or different.';

create function basepool._complete_generation(
  p_id uuid,
  p_prediction jsonb,
  p_token integer,
  p_leased_at timestamp with time zone,
  p_late boolean default false
)
returns boolean
language plpgsql volatile set search_path = '';
comment on function basepool._complete_generation(uuid,jsonb,integer,timestamp with time zone,boolean) is
'Writes the result of an attempt, leased at p_leased_at on p_token, to its generation, unless that is over; p_late: also when
it has failed, if there is something to deliver. A result that Replicate has removed meanwhile completes the generation, and
its error_message says so (settings.removed_message). Returns whether it was written.';

create function basepool._complete_generations(p_attempts uuid[], p_predictions jsonb[])
returns integer
language plpgsql volatile set search_path = '';
comment on function basepool._complete_generations(uuid[],jsonb[]) is
'Writes the results of p_attempts, which have ended with p_predictions, to their generations, as far as they are still active;
see _complete_generation. Returns how many.';

create function basepool._complete_prediction(p_prediction jsonb, p_known_id text, p_source text)
returns jsonb
language plpgsql immutable set search_path = '';
comment on function basepool._complete_prediction(jsonb,text,text) is
'p_prediction with the id that it lacks or that is no text: p_known_id, that of its attempt, else what its own links name; and for
p_source answer with status starting where it has none. Where nothing is certain it stays without.';

create function basepool._cool_down_account(
  p_account_id bigint,
  p_rule basepool.error_rules,
  p_reason text,
  p_wait interval,
  p_leased_at timestamp with time zone
)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._cool_down_account(bigint,basepool.error_rules,text,interval,timestamp with time zone) is
'Lets no more creates of an account through for a while. p_rule: whose cool_down and credit count, and what its pattern
captures; p_reason: what Replicate said; p_wait: how long it said to wait, which wins over the rule; p_leased_at: when the
refused call was leased: what was leased before the cooldown began belongs to the same incident.';

create function basepool._copy_generation(p_old public.generations)
returns uuid
language plpgsql volatile set search_path = '';
comment on function basepool._copy_generation(public.generations) is
'Inserts a generation that runs p_old again, at no price and beyond its user''s limit. Returns its id, or null when somebody
has done so before.';

create function basepool._count_at_gate(p_pattern text)
returns integer
language sql stable set search_path = '';
comment on function basepool._count_at_gate(text) is
'How many generations of the model p_pattern in basepool.models count against its max_in_flight.';

create function basepool._count_attempts(p_at_most_every interval default null::interval)
returns integer
language plpgsql volatile set search_path = '' set enable_seqscan = 'off' set jit = 'off';
comment on function basepool._count_attempts(interval) is
'Adds the attempts and webhooks that no count has seen to token_stats, usage_stats, spending, minute_stats and the counters, and
what is in flight to token_stats. p_at_most_every: it does nothing where the last count is younger or under way; null: it waits
for it, and counts. Returns how many rows of token_stats were written. For the job rollup, heartbeats, budgets and statistics.';

create function basepool._count_minutes(p_first timestamp with time zone)
returns table (
  minute timestamp with time zone,
  leased bigint,
  succeeded bigint,
  failed bigint,
  rejected bigint,
  buckets jsonb
)
language plpgsql stable set search_path = '';
comment on function basepool._count_minutes(timestamp with time zone) is
'The minutes from p_first on in which something was leased or ended, within the last day: attempts leased in it (in flight or over),
and how many ended in it, as succeeded, failed (or cancelled) or rejected; buckets: how long those that were leased had waited
(_bucket_bounds). Of those that no count has seen at most 10000 are looked at.';

create function basepool._count_stuck(p_now timestamp with time zone)
returns integer
language plpgsql stable set search_path = '';
comment on function basepool._count_stuck(timestamp with time zone) is
'How many generations are past settings.stuck_after at p_now; at most 1000 are counted. For watch and _watch_findings.';

create function basepool._count_tabs()
returns jsonb
language sql stable set search_path = '' set enable_seqscan = 'on' set enable_sort = 'off' set enable_bitmapscan = 'off' set jit = 'off';
comment on function basepool._count_tabs() is
'Of each tab of page_generations {count, capped}: capped says that not all were counted. Counted are at most 10,000 that wait, are
in flight, or have ended, and of the newest 1,000 that failed or were cancelled which is which.';

create function basepool._count_uses()
returns void
language sql volatile set search_path = '';
comment on function basepool._count_uses() is
'Adds basepool.token_uses to request_count and last_used_at of the tokens; they are gone then.';

create function basepool._creates_per_minute(
  p_per_minute integer,
  p_throttled_per_minute integer,
  p_throttled_until timestamp with time zone,
  p_now timestamp with time zone
)
returns integer
language sql immutable parallel safe;
comment on function basepool._creates_per_minute(integer,integer,timestamp with time zone,timestamp with time zone) is
'How many creates Replicate lets an account make in any minute at p_now; the others are columns of basepool.accounts. Inlined.';

create function basepool._current_turn(p_without integer default null::integer)
returns bigint
language plpgsql volatile set search_path = '';
comment on function basepool._current_turn(integer) is
'The virtual time at which a token that is new or comes back (p_without) gets its first lease.';

create function basepool._cut_url(p_url text)
returns text
language sql immutable set search_path = '';
comment on function basepool._cut_url(text) is
'p_url without user, query and fragment; of a data: URL only its type. Null for null.';

create function basepool._default_credits()
returns integer
language plpgsql stable set search_path = '';
comment on function basepool._default_credits() is
'The default of public.generations.cost_credits, null where it has none. For _admit_generation.';

create function basepool._delete_old_generations(p_max integer default 2000)
returns jsonb
language plpgsql volatile set search_path = '';
comment on function basepool._delete_old_generations(integer) is
'Deletes up to p_max failed and cancelled generations older than settings.delete_failed_after. Returns
{deleted_generations}: how many. The job delete-old. For the owner and basepool.run_job.';

create function basepool._dequeue_generation()
returns trigger
language plpgsql volatile security definer set search_path = '';
comment on function basepool._dequeue_generation() is
'Trigger, after a generation''s status has left pending or it was deleted while pending: takes it off the queue. Definer: the
app has no rights on the queue.';

create function basepool._describe_error(p_status integer, p_body text)
returns text
language plpgsql immutable set search_path = '';
comment on function basepool._describe_error(integer,text) is
'An error of Replicate in one line of at most 1000 characters. p_status: HTTP status or null; p_body: the raw body (RFC 7807
JSON, HTML or text).';

create function basepool._describe_pause(
  p_since timestamp with time zone,
  p_until timestamp with time zone,
  p_reason text,
  p_by text
)
returns text
language sql stable set search_path = '';
comment on function basepool._describe_pause(timestamp with time zone,timestamp with time zone,text,text) is
'A pause in words.';

create function basepool._diagnose_indexes()
returns table (name text, severity text, says text, remedy text, fix text)
language sql stable set search_path = '';
comment on function basepool._diagnose_indexes() is
'What is wrong with the indexes of generations and replicate_tokens, as basepool.diagnose has it: index-invalid, index-redundant
(with its proof), index-nearly-redundant and index-unused (hints: fix is a comment). For diagnose.';

create function basepool._diagnose_policies()
returns table (name text, severity text, says text, remedy text, fix text)
language sql stable set search_path = '';
comment on function basepool._diagnose_policies() is
'The policies in schema public that call auth.uid() (role, jwt, email) for each row instead of once, with the statement that
rewrites each. For diagnose.';

create function basepool._diagnose_pool()
returns table (name text, severity text, says text, remedy text, fix text)
language sql stable set search_path = '';
comment on function basepool._diagnose_pool() is
'What is not known of tokens and accounts, and which jobs failed when they ran last: tokens, token-account, webhook-secret,
job-failed. For diagnose.';

create function basepool._diagnose_rights()
returns table (name text, severity text, says text, remedy text, fix text)
language sql stable set search_path = '';
comment on function basepool._diagnose_rights() is
'Who lacks a right and who has one too many, as basepool.diagnose has it: missing-right, glue-login, foreign-owner,
exposed-function, exposed-table, row-level-security, default-privileges, realtime-publication. For diagnose.';

create function basepool._diagnose_triggers()
returns table (name text, severity text, says text, remedy text, fix text)
language sql stable set search_path = '' set jit = 'off';
comment on function basepool._diagnose_triggers() is
'Functions of the app that run when a row of generations or replicate_tokens changes (called by a trigger, a default, a check, an
index or a policy for inserts, by one of these by its full name, or by a trigger on a table that they write), that name a table, a type or a function without
its schema and have no search_path of their own, as basepool.diagnose has it: trigger-search-path. By their text: what stands in a
string is looked at only where statements are put together. For diagnose; what migrate looks at before the first statement is its body.';

create function basepool._diagnose_users()
returns table (name text, severity text, says text, remedy text, fix text)
language plpgsql stable set search_path = '';
comment on function basepool._diagnose_users() is
'user-rights, while authenticated may update the status of generations: which of its statements use what enforce_user_rights takes
away (updates of columns beside viewed, viewed_at, is_favorite, and deletes), as pg_stat_statements has them, normalised. For diagnose.';

create function basepool._due_messages(p_now timestamp with time zone, p_max integer)
returns setof basepool.alert_messages
language sql volatile set search_path = '';
comment on function basepool._due_messages(timestamp with time zone,integer) is
'Up to p_max messages that are to be sent at p_now and that nobody sends, locked; of each alarm the first only. For _post_messages
and claim_alert_messages.';

create function basepool._end_and_decide(
  p_attempt basepool.attempts,
  p_state text,
  p_rule basepool.error_rules,
  p_error text,
  p_wait interval default null::interval,
  p_prediction jsonb default null::jsonb,
  p_http_status integer default null::integer,
  out decision text,
  out retry_at timestamp with time zone
)
returns record
language plpgsql volatile set search_path = '';
comment on function basepool._end_and_decide(basepool.attempts,text,basepool.error_rules,text,interval,jsonb,integer) is
'Ends an attempt in flight as p_state because of p_error, whose rule is p_rule; its generation is queued again or fails.
p_wait: how long the answer said to wait; p_prediction: the failed prediction; p_http_status: of the answer. Each of them may
be null. Returns decision (in words) and retry_at.';

create function basepool._end_attempt(p_seat integer, p_state text, p_prediction jsonb default null::jsonb)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._end_attempt(integer,text,jsonb) is
'Ends the attempt in p_seat, which the caller has locked, as p_state, with what Replicate said about it, and frees the
seat.';

create function basepool._end_attempts(p_attempts uuid[], p_state text, p_predictions jsonb[])
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._end_attempts(uuid[],text,jsonb[]) is
'Ends attempts in flight, whose seats the caller has locked, as p_state, each with what Replicate said about it, and frees
their seats.';

create function basepool._end_cooldown(p_account bigint)
returns boolean
language plpgsql volatile set search_path = '';
comment on function basepool._end_cooldown(bigint) is
'Ends the cooldown of an account, and what Replicate announced of its credit and its limit per minute. Returns whether there was any
of it.';

create function basepool._end_message(
  p_id bigint,
  p_now timestamp with time zone,
  p_http_status integer,
  p_error text
)
returns text
language sql volatile set search_path = '';
comment on function basepool._end_message(bigint,timestamp with time zone,integer,text) is
'What became of sending message p_id: p_http_status of the receiver, or p_error where there was none. Returns sent; again (after
half a minute, twice as long each time, up to ten minutes); given up (after a day, and a heartbeat at once). For _read_answers,
_post_messages and record_alert_message.';

create function basepool._end_silent_searches()
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._end_silent_searches() is
'Ends the searches whose lease ran out. What they looked for is due as before: the next search looks for it.';

create function basepool._enforces_user_rights()
returns boolean
language sql stable set search_path = '';
comment on function basepool._enforces_user_rights() is
'Whether users have only the rights that settings.enforce_user_rights leaves them. For _sync_user_rights and _list_findings.';

create function basepool._enqueue_generation()
returns trigger
language plpgsql volatile security definer set search_path = '';
comment on function basepool._enqueue_generation() is
'Trigger, after a generation that basepool took on was inserted: puts it on the queue and notifies basepool_queue if a worker
waits for it. Definer: users have no rights on the queue.';

create function basepool._expect_files(
  p_generations uuid[],
  p_completed_at text[],
  p_is_backfill boolean default false
)
returns integer
language plpgsql volatile set search_path = '';
comment on function basepool._expect_files(uuid[],text[],boolean) is
'Has the files in output_urls of p_generations wait for their copies, at most 10000 of each. p_completed_at: when each ended at
Replicate, as that says it; what is no time, or to come, counts as now. p_is_backfill: the rows are not new, so that only what still
is a source link is waited for (_source_links), and nothing that is known already. Returns how many files.';

create function basepool._expected_silence(p_model text)
returns interval
language plpgsql stable set search_path = '';
comment on function basepool._expected_silence(text) is
'How long a prediction of p_model may be silent: 1.5 times the 95th percentile of basepool.model_stats (10 seconds to
settings.check_at_most_every), or settings.check_after while nothing is known.';

create function basepool._explain_generation(p_id uuid)
returns jsonb
language plpgsql volatile set search_path = '';
comment on function basepool._explain_generation(uuid) is
'What a generation waits for, as JSON: see public.explain_generation; pool and workers say why, one by one. Null where there is
none.';

create function basepool._explain_hold(
  p_user uuid,
  p_model text,
  out waits_for text,
  out reason text,
  out error text,
  out earliest_start timestamp with time zone
)
returns record
language sql volatile set search_path = '';
comment on function basepool._explain_hold(uuid,text) is
'What holds back what p_user sends to p_model, as _explain_generation says it: a pause before a breaker, and of pauses the one that
lasts longest. Null where nothing does.';

create function basepool._explain_no_lease(
  p_now timestamp with time zone,
  p_has_token boolean,
  p_hold text default null::text,
  p_hold_until timestamp with time zone default null::timestamp with time zone,
  out answer text,
  out busy_until timestamp with time zone,
  out reason text
)
returns record
language plpgsql volatile set search_path = '';
comment on function basepool._explain_no_lease(timestamp with time zone,boolean,text,timestamp with time zone) is
'What a claim answers that has found nothing to lease. p_has_token: whether it had a token; p_hold, p_hold_until: why it may lease
nothing at all, and until when. answer: empty, busy or dead, with busy_until and reason as claim_generations says.';

create function basepool._explain_outputs(p_generation uuid)
returns jsonb
language sql stable set search_path = '';
comment on function basepool._explain_outputs(uuid) is
'What became of the files of a generation, as JSON: reason, one line; error, the last one''s, and tried_again_at, where there are
such. Null where nothing of it is to be kept.';

create function basepool._explain_pool(
  p_now timestamp with time zone,
  out answer text,
  out busy_until timestamp with time zone,
  out reason text
)
returns record
language sql volatile set search_path = '';
comment on function basepool._explain_pool(timestamp with time zone) is
'Why no lease can be had at p_now. answer: busy (a token will be free by itself) or dead (none is usable); busy_until: the
earliest time at which that may change, null when only the end of a prediction can; reason: one clause per token.';

create function basepool._explain_secret(p_stored text)
returns text
language plpgsql stable set search_path = '';
comment on function basepool._explain_secret(text) is
'Why _read_secret finds no secret for a stored value; null where it finds one, and where none is stored.';

create function basepool._explain_workers(p_now timestamp with time zone)
returns text
language sql stable set search_path = '';
comment on function basepool._explain_workers(timestamp with time zone) is
'Why what could be claimed at p_now is not, as far as the workers go; without their names.';

create function basepool._extract_output_text(p_output jsonb)
returns text
language plpgsql immutable set search_path = '';
comment on function basepool._extract_output_text(jsonb) is
'The text in a prediction''s output: a string or a joined stream (_is_stream); of an object, or of a list with more in it than
strings, what stands under a name that models give to what they say, the highest in the tree. Where there is neither such a
text nor a file, the output itself as JSON: a number, an embedding, labels. Returns null when nothing is left to be said.';

create function basepool._extract_output_urls(p_output jsonb)
returns text[]
language plpgsql immutable set search_path = '';
comment on function basepool._extract_output_urls(jsonb) is
'The files in a prediction''s output: every string that is a URL as a whole (_is_file), wherever it stands, in the tree''s order,
once each; not the pieces of a text (_is_stream). Returns null when there are none.';

create function basepool._fail_stuck_generations(p_max integer default 500)
returns integer
language plpgsql volatile set search_path = '';
comment on function basepool._fail_stuck_generations(integer) is
'Fails up to p_max generations that have been pending or processing for longer than settings.stuck_after, with
settings.stuck_message; frees their seats and has their predictions cancelled. One that Replicate has is asked about first,
and failed when it still runs, or unasked after settings.stuck_grace more. Of those that the app runs itself (queued_at is null) the
time counts from the last start; one whose prediction an account of ours may have is asked about first (claim_app_checks), for
settings.stuck_grace from then on; who waits for the segments of a keyframe job is not stuck as long as one of them goes on. Returns
how many. Part of the job cleanup. For the
owner and basepool.run_job.';

create function basepool._find_attempt(p_attempt uuid)
returns basepool.attempts
language sql stable set search_path = '';
comment on function basepool._find_attempt(uuid) is
'An attempt, in flight or over; null where there is none.';

create function basepool._find_cancellable(
  p_user uuid,
  p_model text,
  p_before timestamp with time zone,
  p_after_at timestamp with time zone,
  p_after_id uuid,
  p_max integer
)
returns table (id uuid, created_at timestamp with time zone, user_id uuid, model text, is_sent boolean)
language sql stable set search_path = '';
comment on function basepool._find_cancellable(uuid,text,timestamp with time zone,timestamp with time zone,uuid,integer) is
'Up to p_max (null: all) active generations of basepool''s that were created before p_before and come after (p_after_at,
p_after_id), in that order. p_user, p_model: only those, null for any; a model''s name takes all its versions. is_sent: it has a seat, so that
Replicate has it, or will.';

create function basepool._find_cutover(p_model text)
returns text
language plpgsql stable set search_path = '';
comment on function basepool._find_cutover(text) is
'The pattern in basepool.cutover for p_model, whatever its case; null where none matches.';

create function basepool._find_for_action(
  p_action text,
  p_filter jsonb,
  p_now timestamp with time zone,
  p_max integer,
  out ids uuid[],
  out until timestamp with time zone,
  out is_capped boolean
)
returns record
language plpgsql stable set search_path = '' set enable_seqscan = 'off' set enable_sort = 'off' set enable_bitmapscan = 'off' set jit = 'off';
comment on function basepool._find_for_action(text,jsonb,timestamp with time zone,integer) is
'The ids of up to p_max generations that p_action (retry: failed ones, cancel: active ones of ours) would take by p_filter (as
_read_filter reads it at p_now), the newest first. until: what was created after that was not looked at; is_capped: there are more,
or there may be: it looks at 5,000 rows. Raises PT400.';

create function basepool._find_hook(p_name text)
returns regprocedure
language sql stable set search_path = '';
comment on function basepool._find_hook(text) is
'The function that settled_hook = p_name means (null: public.on_generation_settled), with arguments (uuid, text, jsonb) or, where
there is none, (uuid, text); null where there is neither.';

create function basepool._find_model(p_model text)
returns basepool.models
language plpgsql stable set search_path = '';
comment on function basepool._find_model(text) is
'The row of basepool.models for p_model (as in generations.replicate_model), whatever its case; nulls where none matches.';

create function basepool._find_webhook(p_webhook_id text)
returns table (received_at timestamp with time zone, outcome text)
language sql stable;
comment on function basepool._find_webhook(text) is
'The webhook with this webhook-id that was received and applied before. Inlined.';

create function basepool._fingerprint(p_secret text)
returns text
language plpgsql immutable set search_path = '';
comment on function basepool._fingerprint(text) is
'sha256 of a secret, in hexadecimal digits.';

create function basepool._forecast(p_now timestamp with time zone, p_changes jsonb, p_queue jsonb)
returns jsonb
language plpgsql volatile set search_path = '';
comment on function basepool._forecast(timestamp with time zone,jsonb,jsonb) is
'When what waits at p_now (p_queue: _queue_outlook) will have been leased with p_changes (checked already): {per_minute (leases,
once it runs), drained_at (null: not within 30 days), done_at (when the last has ended, too), bound_by, seats, hands}. By a time
t an account has leased the least of: its free seats and all its seats times t by the seconds that one keeps a seat; what its
limiter gives at once and its creates per minute times t. A token that cools down begins when that ends. All together no more
than the workers'' hands can send. bound_by: seats, creates per minute, workers, budget, the limit of (a model), no token, no
token yet. Retries, new generations and the spread of durations are not in it.';

create function basepool._forget_former_secrets()
returns integer
language plpgsql volatile set search_path = '';
comment on function basepool._forget_former_secrets() is
'Makes the webhook secrets of accounts without a token former ones, and forgets the former ones whose time is over. Returns how
many it forgot. Part of the job prune.';

create function basepool._forget_glue_secret(p_next text)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._forget_glue_secret(text) is
'Deletes from Vault what schedule_glue has put there, unless p_next is the same reference. For schedule_glue and unschedule_glue.';

create function basepool._forget_secrets()
returns trigger
language plpgsql volatile security definer set search_path = '';
comment on function basepool._forget_secrets() is
'Trigger, after statements that may leave a secret behind in Vault: deletes those of ours that no token and no account refers to.
Definer: the app''s server may delete its tokens, but has no rights on Vault.';

create function basepool._gate_of(p_model text)
returns text
language plpgsql stable set search_path = '';
comment on function basepool._gate_of(text) is
'The pattern in basepool.models that limits how many of p_model are in flight; null for none.';

create function basepool._gate_queue()
returns trigger
language plpgsql volatile set search_path = '';
comment on function basepool._gate_queue() is
'Trigger, after basepool.models was changed: moves what waits to the gate of its model, or away from it.';

create function basepool._give_back()
returns trigger
language plpgsql volatile set search_path = '';
comment on function basepool._give_back() is
'Trigger, before a generation that was over becomes active again, which only the app does: queued_at says that it is the app''s.';

create function basepool._glue_findings(p_now timestamp with time zone)
returns table (name text, says text)
language plpgsql stable set search_path = '';
comment on function basepool._glue_findings(timestamp with time zone) is
'glue-not-called, while schedule_glue counts: what pg_net was answered by the glue, where that is an error of any kind; that pg_net
answers nothing, or that pg_cron does not call. A call that was not over in pg_net''s time is no error: the glue goes on. For
_list_findings.';

create function basepool._glue_period(p_job text)
returns text
language sql stable set search_path = '';
comment on function basepool._glue_period(text) is
'The schedule of pg_cron on which the job p_job of the glue is called: dispatch every ten seconds (pg_cron 1.5 and newer), all else
every minute. For schedule_glue.';

create function basepool._guard_generation()
returns trigger
language plpgsql volatile set search_path = '';
comment on function basepool._guard_generation() is
'Trigger, before a user (the roles anon and authenticated) writes a generation that basepool runs, or what basepool notes in one of
the app''s: lets marks and the app''s own columns through. Raises PT403. Calls nothing of basepool, on whose schema users have no
rights.';

create function basepool._has_begun(p_generation uuid)
returns boolean
language plpgsql volatile set search_path = '';
comment on function basepool._has_begun(uuid) is
'Whether something of a generation was sent to Replicate, or may be, that may cost.';

create function basepool._has_due_messages(p_now timestamp with time zone)
returns boolean
language sql stable set search_path = '';
comment on function basepool._has_due_messages(timestamp with time zone) is
'Whether there are messages that the glue has to send at p_now: never where pg_net sends them. For watch, heartbeat and
_call_glue.';

create function basepool._has_net()
returns boolean
language sql stable set search_path = '';
comment on function basepool._has_net() is
'Whether pg_net is installed.';

create function basepool._has_vault()
returns boolean
language sql stable set search_path = '';
comment on function basepool._has_vault() is
'Whether Supabase Vault is installed.';

create function basepool._hide_keys(p_text text)
returns text
language sql immutable set search_path = '';
comment on function basepool._hide_keys(text) is
'p_text, which may be JSON written as text, with its links cut before their queries, and Replicate''s secrets hidden.';

create function basepool._hide_url(p_url text)
returns text
language sql immutable set search_path = '';
comment on function basepool._hide_url(text) is
'p_url as it may be shown: scheme and host; a reference into Vault as it is. For list_settings.';

create function basepool._hmac_sha256(p_key bytea, p_message bytea)
returns bytea
language plpgsql immutable set search_path = '';
comment on function basepool._hmac_sha256(bytea,bytea) is
'HMAC-SHA256 of p_message under p_key (RFC 2104, FIPS 180-4).';

create function basepool._holder_of(p_generation uuid, p_user uuid)
returns text
language plpgsql stable set search_path = '';
comment on function basepool._holder_of(uuid,uuid) is
'What a generation of p_user is to be parked for (queue.parked_for), or null where nothing but the pool could hold it back.';

create function basepool._input_as_sent(p_input jsonb, p_hash bigint)
returns jsonb
language sql stable set search_path = '';
comment on function basepool._input_as_sent(jsonb,bigint) is
'The input of a generation, if it is what was sent; null if it was changed since. p_hash: lost_attempts.input_hash.';

create function basepool._is_count(p_value jsonb, p_least integer, p_most integer)
returns boolean
language sql immutable set search_path = '';
comment on function basepool._is_count(jsonb,integer,integer) is
'Whether a JSON value is a whole number from p_least to p_most.';

create function basepool._is_file(p_text text)
returns boolean
language sql immutable;
comment on function basepool._is_file(text) is
'Whether a string of an output is a file: a URL as a whole, http(s) with a host, or data: with a media type. A sentence that
begins with a link is none, also in a script that writes no spaces. Null for null.';

create function basepool._is_known_prediction(p_prediction_id text)
returns boolean
language sql stable set search_path = '';
comment on function basepool._is_known_prediction(text) is
'Whether an attempt has this prediction. Reads all seats: not for what happens with every prediction.';

create function basepool._is_moved_over(p_user uuid, p_percent numeric)
returns boolean
language sql immutable;
comment on function basepool._is_moved_over(uuid,numeric) is
'Whether p_user is one of the p_percent percent of the users that were moved over; null where either is missing.';

create function basepool._is_of_one_item(p_sqlstate text)
returns boolean
language sql immutable set search_path = '';
comment on function basepool._is_of_one_item(text) is
'Whether an error says that one item of many can''t be done (a value, a constraint, a rule of ours, what a trigger of the app
raises), and not that nothing can at this moment. p_sqlstate: its code.';

create function basepool._is_owner()
returns boolean
language sql stable set search_path = '';
comment on function basepool._is_owner() is
'Whether the request was made as the owner of basepool, or a role that has his rights. Also inside a definer function, where
current_user is always the owner.';

create function basepool._is_replicate_model(p_model text)
returns boolean
language sql immutable;
comment on function basepool._is_replicate_model(text) is
'Whether p_model (generations.replicate_model) can be a model of Replicate''s: written as one (_parse_model), and of no owner that
is known to be another provider. What another provider calls like a model of Replicate''s (google/…) can''t be told by its name.
Inlined, because every plain insert asks.';

create function basepool._is_service_role()
returns boolean
language sql stable set search_path = '';
comment on function basepool._is_service_role() is
'Whether the request was made as service_role (PostgREST sets the role of each request; a direct login counts too).';

create function basepool._is_stream(p_output jsonb)
returns boolean
language plpgsql immutable set search_path = '';
comment on function basepool._is_stream(jsonb) is
'Whether (a part of) an output is a text in pieces: a list of nothing but strings and nulls, of which some string is no file.';

create function basepool._is_switched_off(p_cron_job_id bigint)
returns boolean
language plpgsql stable set search_path = '';
comment on function basepool._is_switched_off(bigint) is
'Whether the job p_cron_job_id of pg_cron is there and inactive.';

create function basepool._is_tree(p_output jsonb)
returns boolean
language sql immutable;
comment on function basepool._is_tree(jsonb) is
'Whether (a part of) an output is an object, or a list with more in it than strings and nulls.';

create function basepool._job_period(p_schedule text)
returns interval
language sql immutable set search_path = '';
comment on function basepool._job_period(text) is
'The time between two runs of a job with the schedule p_schedule, as those of db/jobs.sql are written; null for any other.';

create function basepool._jobs_shown(p_now timestamp with time zone, p_runs integer)
returns jsonb
language sql stable set search_path = '';
comment on function basepool._jobs_shown(timestamp with time zone,integer) is
'Every job as the pages show it: name, runs_in, schedule, does, its last run (started_at, ended_at, ok, error), period_seconds (null
for the glue''s), is_overdue (it has not run for three periods, and nobody switched it off); where p_runs is above 0 also runs, the
last ones: trigger, started_at, ended_at, ok, result (as text, 500 characters at most), error.';

create function basepool._join_round(p_token integer)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._join_round(integer) is
'Gives the free seats of a token turns of now. Lock the limiter of its account first.';

create function basepool._judge_probe(p_breaker basepool.breakers, p_now timestamp with time zone)
returns text
language plpgsql volatile set search_path = '';
comment on function basepool._judge_probe(basepool.breakers,timestamp with time zone) is
'What the create that tries an open breaker has shown by p_now: works, fails, runs (it is not known yet), or nothing (it ended, or
takes too long, without having shown anything: another one may try).';

create function basepool._keep_taken_seat()
returns trigger
language plpgsql volatile set search_path = '';
comment on function basepool._keep_taken_seat() is
'Trigger, before a taken seat is deleted, or all seats are truncated: refuses it. Raises TP008.';

create function basepool._key_hint(p_user uuid, p_generation uuid, p_nth integer)
returns text
language sql immutable set search_path = '';
comment on function basepool._key_hint(uuid,uuid,integer) is
'With what the keys of a file and of its thumbnail begin: user/generation/nth.';

create function basepool._keyframes_go_on(
  p_user uuid,
  p_group text,
  p_created_at timestamp with time zone,
  p_since timestamp with time zone
)
returns boolean
language sql stable set search_path = '';
comment on function basepool._keyframes_go_on(uuid,text,timestamp with time zone,timestamp with time zone) is
'Whether a segment of the keyframe job p_group (settings.keyframe_group_id) of p_user runs, or has begun or been completed since
p_since. p_created_at: of the one that waits. For _fail_stuck_generations.';

create function basepool._last_leases(p_max integer)
returns jsonb
language sql stable set search_path = '' set enable_seqscan = 'off' set enable_bitmapscan = 'off' set jit = 'off';
comment on function basepool._last_leases(integer) is
'The last p_max leases, oldest first: at, token_id, generation_id, state; of those that are over only the 500 that ended last are
looked at.';

create function basepool._latest_end(p_leased_at timestamp with time zone, p_submitted_at timestamp with time zone)
returns timestamp with time zone
language sql stable set search_path = '';
comment on function basepool._latest_end(timestamp with time zone,timestamp with time zone) is
'From when on the prediction of an attempt, leased at p_leased_at and accepted at p_submitted_at (null: not known), has ended at
Replicate in any case.';

create function basepool._let_go_of_files()
returns trigger
language plpgsql volatile security definer set search_path = '';
comment on function basepool._let_go_of_files() is
'Trigger, after a generation with files was deleted: has them deleted from the store, unless settings.keep_files_of_deleted says
otherwise, and none copied any more. Definer: the app has no rights on output_files.';

create function basepool._let_go_of_generation()
returns trigger
language plpgsql volatile security definer set search_path = '';
comment on function basepool._let_go_of_generation() is
'Trigger, after an active generation was cancelled, deleted or failed by the app: has its prediction cancelled at
Replicate. Definer: the app has no rights on seats.';

create function basepool._list_alarms(p_now timestamp with time zone)
returns table (name text, severity text, says text, is_complete boolean)
language sql volatile set search_path = '';
comment on function basepool._list_alarms(timestamp with time zone) is
'The alarms that there is reason for at p_now: name, severity (page, warn), says (what is wrong and what to do). is_complete
is false
where not all could be looked at, with a row without a name then. For watch.';

create function basepool._list_alerts()
returns table (name text, severity text, says text, opened_at timestamp with time zone)
language sql stable set search_path = '';
comment on function basepool._list_alerts() is
'The open alarms, the oldest first: name, severity (page, warn), says, opened_at.';

create function basepool._list_blockers()
returns table (
  pid integer,
  application text,
  role text,
  state text,
  since timestamp with time zone,
  holds text,
  waiting integer
)
language sql volatile set search_path = '';
comment on function basepool._list_blockers() is
'The sessions of this database that hold a lock on our tables, or on their rows, for longer than a second, in a way that others
may wait for; since: when its transaction began; waiting: how many do wait for it at this moment.';

create function basepool._list_budgets(p_now timestamp with time zone)
returns table (
  account_id bigint,
  account text,
  seconds numeric,
  usd numeric,
  expected_seconds numeric,
  expected_usd numeric,
  budget_seconds numeric,
  budget_usd numeric,
  share numeric,
  until timestamp with time zone
)
language sql stable set search_path = '';
comment on function basepool._list_budgets(timestamp with time zone) is
'What was spent since midnight UTC (seconds, usd), what is expected of what is in flight, and the budgets: one row per account, and
one of account_id null for all. share: how much of the budget that is used most is used, expected included; null: no
budget. until: the next midnight.';

create function basepool._list_cron_jobs()
returns table (jobid bigint, jobname text, username text, database text, command text, is_active boolean)
language plpgsql stable set search_path = '';
comment on function basepool._list_cron_jobs() is
'The jobs of pg_cron that the caller may see; none where it is not installed. For the functions that touch what pg_cron has.';

create function basepool._list_findings(p_now timestamp with time zone)
returns table (name text, says text)
language plpgsql volatile set search_path = '' set lock_timeout = '200ms';
comment on function basepool._list_findings(timestamp with time zone) is
'What is wrong at p_now, one row each: a name that stays the same as long as it lasts, and a line that says what is and what to do.
For get_status and heartbeat; make migrate shows hook.';

create function basepool._list_holds()
returns table (
  kind text,
  name text,
  since timestamp with time zone,
  until timestamp with time zone,
  reason text,
  paused_by text,
  is_breaker boolean,
  says text
)
language sql volatile set search_path = '';
comment on function basepool._list_holds() is
'What is paused, and what fails at Replicate, one row each: kind (pool, account, model, user; provider), name, since, until (null:
until it is resumed, or somebody has found out), reason (of a breaker: the error), by whom, whether it is a breaker, and all that in
one line (says).';

create function basepool._listen_policy()
returns text
language sql immutable set search_path = '';
comment on function basepool._listen_policy() is
'The statement that lets users join their own topic, generations:<user>. realtime.topic() is the topic that somebody wants to join,
and who may read a row of realtime.messages then may join it (supabase.com/docs/guides/realtime/authorization). No comment on the
policy: Supabase lets its postgres create one on that table, and not comment it (github.com/supabase/cli/issues/5987).';

create function basepool._lock_attempt(p_attempt uuid)
returns basepool.attempts
language plpgsql volatile set search_path = '';
comment on function basepool._lock_attempt(uuid) is
'Locks an attempt and its generation and returns the attempt. Raises TP001 where there is none.';

create function basepool._lock_file(p_lease uuid)
returns basepool.output_files
language plpgsql volatile set search_path = '' set lock_timeout = '500ms';
comment on function basepool._lock_file(uuid) is
'Locks the file that is held by p_lease, and returns it; null where nobody holds that lease any more, or somebody has had the file
locked for half a second.';

create function basepool._lock_holds()
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._lock_holds() is
'Takes the lock of _try_lock_holds alone, until the end of the transaction.';

create function basepool._lock_outputs(p_generation uuid, p_waits boolean)
returns boolean
language plpgsql volatile set search_path = '';
comment on function basepool._lock_outputs(uuid,boolean) is
'Whether this transaction has, from now to its end, the right to end files of p_generation. p_waits: it is waited for, in the order
of ids where there are several, and by nobody who holds rows that others wait for.';

create function basepool._lock_reads(p_accounts bigint[])
returns table (account_id bigint, permits integer)
language plpgsql volatile rows 10 set search_path = '';
comment on function basepool._lock_reads(bigint[]) is
'Locks those of p_accounts that are free and returns how many reads and cancels each may make now.';

create function basepool._lock_user(p_user_id uuid)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._lock_user(uuid) is
'Locks the row of a user''s limits until the end of the transaction; makes it if there is none.';

create function basepool._longest_delay()
returns bigint
language plpgsql stable set search_path = '';
comment on function basepool._longest_delay() is
'settings.send_within, the longest time from a claim to the sending of what was claimed, in microseconds.';

create function basepool._look_at_holds(
  p_now timestamp with time zone,
  out reason text,
  out busy_until timestamp with time zone,
  out is_probe boolean
)
returns record
language plpgsql volatile set search_path = '';
comment on function basepool._look_at_holds(timestamp with time zone) is
'Ends the pauses whose time is over at p_now, and closes or prolongs the breakers that were tried. Returns why nothing may be
claimed, and until when (null: until a person resumes it), or a null reason where something may be; is_probe: one only, which shows
whether the provider works again.';

create function basepool._lose_attempt(p_attempt uuid, p_is_over boolean, p_search_at timestamp with time zone)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._lose_attempt(uuid,boolean,timestamp with time zone) is
'Has an attempt looked for whose answer was lost. p_is_over: whether its call has ended, or may still be under way;
p_search_at: when it is looked for first.';

create function basepool._mark_priority()
returns trigger
language plpgsql volatile set search_path = '';
comment on function basepool._mark_priority() is
'Trigger, after a user was given a priority: makes its row in basepool.marks.';

create function basepool._mark_settled()
returns trigger
language plpgsql volatile security definer set search_path = '';
comment on function basepool._mark_settled() is
'Trigger, before an active generation ends for the first time: sets settled_at. Definer: users may end nothing, but whoever
may need not have rights on basepool.now().';

create function basepool._matches_pattern(p_likeness text, p_model text)
returns boolean
language sql immutable;
comment on function basepool._matches_pattern(text,text) is
'Whether p_model, in small letters, is one of those that a pattern stands for. p_likeness: as basepool.cutover has it. A model''s
versions are matched by its name as well.';

create function basepool._may_be_at_replicate(p_model text, p_prediction_id text)
returns boolean
language sql immutable set search_path = '';
comment on function basepool._may_be_at_replicate(text,text) is
'Whether a prediction of this id and model can be one of Replicate''s: its ids are some 26 small letters and digits, and its models
have names of two parts. For _fail_stuck_generations.';

create function basepool._may_note(p_now timestamp with time zone)
returns boolean
language plpgsql volatile set search_path = '';
comment on function basepool._may_note(timestamp with time zone) is
'Whether a claim at p_now leaves a row in basepool.decisions: while there are fewer than 50 of the last second, or than 500
divided by the number of tokens where there are more than ten, since a row has something of each.';

create function basepool._measure_attempts(p_since timestamp with time zone)
returns table (
  token_id integer,
  account_id bigint,
  leases integer,
  succeeded integer,
  failed integer,
  canceled integer,
  rejected integer,
  open integer,
  predict_seconds numeric,
  errors jsonb,
  queue_p50 numeric,
  queue_p95 numeric,
  submit_p50 numeric,
  submit_p95 numeric,
  predict_p50 numeric,
  predict_p95 numeric
)
language sql stable set search_path = '' set enable_seqscan = 'off' set jit = 'off';
comment on function basepool._measure_attempts(timestamp with time zone) is
'Counts the attempts leased since p_since, per token: outcomes, seconds charged, error rules, and the 50th and 95th percentile of
the seconds waited, submitting and predicting, exactly. It reads each of them: for windows of an hour or two.';

create function basepool._microseconds(p_time timestamp with time zone)
returns bigint
language sql stable parallel safe;
comment on function basepool._microseconds(timestamp with time zone) is
'A time in microseconds since 1970. Inlined.';

create function basepool._minutes(p_now timestamp with time zone, p_count integer default 60)
returns table (
  minute timestamp with time zone,
  leased integer,
  succeeded integer,
  failed integer,
  wait_p50 double precision,
  wait_p95 double precision
)
language sql stable set search_path = '';
comment on function basepool._minutes(timestamp with time zone,integer) is
'Throughput of the last p_count minutes (1440 at most), the one under way at p_now included, a row each, oldest first: attempts
leased in it, and how many ended in it, succeeded or otherwise; wait_p50 and wait_p95: seconds that those leased had waited, off by a
quarter at most (_percentile), null where none was.';

create function basepool._model_name(p_model text)
returns text
language plpgsql immutable parallel safe set search_path = '';
comment on function basepool._model_name(text) is
'The model without its version: owner/name, deployments/owner/name, or a bare version.';

create function basepool._move_marks()
returns integer
language plpgsql volatile set search_path = '';
comment on function basepool._move_marks() is
'Takes the next step for each mark that was not moved just now. Returns how many moved. Part of every claim that finds
something.';

create function basepool._name_attempt(p_seat integer)
returns uuid
language plpgsql volatile set search_path = '';
comment on function basepool._name_attempt(integer) is
'A new attempt id for a lease of a seat.';

create function basepool._name_paused(p_kind text, p_name text)
returns text
language plpgsql stable set search_path = '';
comment on function basepool._name_paused(text,text) is
'The name under which a pause is kept. p_kind: pool, account, model or user; p_name: as people write it, none for the pool. An
account''s is its id. Raises PT400, PT404 (there is no such account).';

create function basepool._named_generation(p_item jsonb)
returns uuid
language sql immutable set search_path = '';
comment on function basepool._named_generation(jsonb) is
'The generation_id of a result; null where it has none, or something else there.';

create function basepool._newest_generations(
  p_since timestamp with time zone,
  p_max integer default 100000,
  p_pages integer default 20000
)
returns table (model text, user_id uuid, is_keyframe boolean, has_input boolean, is_ours boolean, is_failed boolean)
language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan' set enable_seqscan = 'off' set enable_sort = 'off' set enable_bitmapscan = 'off' set jit = 'off';
comment on function basepool._newest_generations(timestamp with time zone,integer,integer) is
'Generations that came in after p_since, p_max of them at most: the newest, where an index of the app has created_at first, else
those in the last p_pages pages of the table (of 8 kB). model; is_keyframe: it is part of a keyframe job; is_ours: basepool runs it. For
list_cutover and preview_cutover.';

create function basepool._next_cursor(p_list text, p_at timestamp with time zone, p_id uuid)
returns text
language sql stable set search_path = '';
comment on function basepool._next_cursor(text,timestamp with time zone,uuid) is
'The place after a row of the list p_list, as text: its time, and its id, because many may have the same time.';

create function basepool._next_turn(p_token integer, p_stride bigint, p_current bigint)
returns bigint
language plpgsql volatile set search_path = '';
comment on function basepool._next_turn(integer,bigint,bigint) is
'The next turn of a token. p_stride: 1000000 / weight; p_current: where the round is.';

create function basepool._note_change()
returns trigger
language plpgsql volatile security definer set search_path = '';
comment on function basepool._note_change() is
'Trigger, after a generation came in or its status or links changed: notes it in basepool.unsent_changes if settings.realtime is on;
else it is one look at the settings. Definer: whoever changes a generation has no rights on either.';

create function basepool._note_decision(
  p_now timestamp with time zone,
  p_worker text,
  p_asked integer,
  p_answer text,
  p_reason text,
  p_busy_until timestamp with time zone,
  p_is_held boolean,
  p_tokens integer[],
  p_turns bigint[],
  p_generations uuid[]
)
returns void
language plpgsql volatile set search_path = '' set enable_mergejoin = 'on' set enable_nestloop = 'off';
comment on function basepool._note_decision(timestamp with time zone,text,integer,text,text,timestamp with time zone,boolean,integer[],bigint[],uuid[]) is
'Writes a row of basepool.decisions, before anything is leased. p_is_held: whether something is paused, or a breaker open; p_tokens,
p_turns: of the seats that were chosen, p_generations: what was taken off the queue for them, null where nothing was. Part of claims,
by _may_note.';

create function basepool._note_refusal(
  p_now timestamp with time zone,
  p_worker text,
  p_asked integer,
  p_is_held boolean,
  p_answer text,
  p_busy_until timestamp with time zone,
  p_reason text
)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._note_refusal(timestamp with time zone,text,integer,boolean,text,timestamp with time zone,text) is
'Writes a row of basepool.decisions for a claim that leased nothing though something waits: p_answer (busy or dead; of empty
there is none), p_busy_until and p_reason as it answers. One when the answer or the reason changes, at most one a second, and
one a minute.';

create function basepool._open_cancellation(p_attempt basepool.attempts, p_user uuid, p_is_held boolean default false)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._open_cancellation(basepool.attempts,uuid,boolean) is
'Has the prediction of an attempt cancelled at Replicate, and counts it against the limit of p_user until its end is confirmed.
p_is_held: the attempt has yet to be ended here, because somebody was at it.';

create function basepool._open_gates()
returns integer
language plpgsql volatile set search_path = '';
comment on function basepool._open_gates() is
'Lets as many of the generations that wait at a gate through as basepool.models.max_in_flight leaves room for, the fairest first.
Returns how many. Part of claims.';

create function basepool._open_tokens(p_now timestamp with time zone, p_delay bigint)
returns table (
  token_id integer,
  account_id bigint,
  max_in_flight integer,
  lowest bigint,
  leases integer,
  account_leases integer,
  step bigint,
  is_probe boolean,
  creates_spent bigint,
  latest_turn bigint,
  stride integer
)
language sql stable rows 50;
comment on function basepool._open_tokens(timestamp with time zone,bigint) is
'Tokens that may be leased at p_now, as far as the token and its account are concerned. p_delay: the longest time until a
create is sent, in microseconds. lowest: no free seat has a lower turn; leases: how many it may take; account_leases: how many
all tokens of its account may take together; step: what one costs its limiter, in microseconds; is_probe: it was suspended or
cooling, and a single lease tries it; creates_spent, latest_turn: what its limiter says; stride: from one of its turns to the
next. Inlined.';

create function basepool._output_findings(p_now timestamp with time zone)
returns table (name text, says text)
language plpgsql volatile set search_path = '';
comment on function basepool._output_findings(timestamp with time zone) is
'What is wrong with the outputs at p_now: outputs-near-deadline, store-fails, outputs-stand-still,
outputs-not-kept, outputs-lost. For _list_findings.';

create function basepool._owner_of_prediction(p_attempt uuid, p_prediction_id text)
returns uuid
language plpgsql stable set search_path = '';
comment on function basepool._owner_of_prediction(uuid,text) is
'Which attempt a prediction belongs to whose webhook or answer names p_attempt.';

create function basepool._owns_cron_job(p_job text, p_cron_job_id bigint)
returns boolean
language plpgsql stable set search_path = '';
comment on function basepool._owns_cron_job(text,bigint) is
'Whether pg_cron''s job p_cron_job_id is there and is the one that was made for the job p_job. For the functions that touch what
pg_cron has.';

create function basepool._page_cursor(p_cursor text, p_list text, out at timestamp with time zone, out id uuid)
returns record
language plpgsql stable set search_path = '';
comment on function basepool._page_cursor(text,text) is
'The time and the id after which the list p_list goes on, from what _next_cursor wrote; nulls for null. Raises PT400 for what is no
place in that list.';

create function basepool._page_filter(
  p_filter jsonb,
  out tab text,
  out user_id uuid,
  out model text,
  out token_id integer,
  out rule text,
  out worker text,
  out since timestamp with time zone,
  out until timestamp with time zone
)
returns record
language plpgsql stable set search_path = '';
comment on function basepool._page_filter(jsonb) is
'What p_filter of page_generations asks for, each key as a value of its type, null where it asks for none; tab: waiting, where it
names none; since and until: infinite. Raises PT400, naming what can''t be meant.';

create function basepool._page_limit(p_limit integer)
returns integer
language plpgsql immutable set search_path = '';
comment on function basepool._page_limit(integer) is
'p_limit, or 50 for null. Raises PT400 for what is not 1 to 100.';

create function basepool._parse_items(p_items jsonb, p_source text)
returns table (nth integer, attempt_id uuid, prediction jsonb, source text, webhook_id text, has_webhook boolean)
language sql immutable;
comment on function basepool._parse_items(jsonb,text) is
'Those of p_items that name an attempt and a prediction, with their place (nth, from 1). p_source: of those that name none.
Inlined.';

create function basepool._parse_model(p_model text, out route text, out target text, out fault text)
returns record
language plpgsql immutable set search_path = '';
comment on function basepool._parse_model(text) is
'How a model is reached at Replicate. p_model: owner/name, owner/name:<version>, <version> or deployments/owner/name. Returns
route (models, predictions or deployments) and target (owner/name, or the version to send), or fault, why it is none. A name that
the route models does not serve goes by another one: _try_other_route. Source: Replicate''s OpenAPI document, the three POST
…/predictions paths.';

create function basepool._parse_retry_after(p_body text)
returns interval
language plpgsql immutable set search_path = '';
comment on function basepool._parse_retry_after(text) is
'How long an answer says to wait: retry_after in the body, or "resets in ~30s" in its text, an hour at most. Null when it
does not say. Source: 429 bodies of Replicate.';

create function basepool._pattern_counts(p_pattern text, p_model text)
returns boolean
language plpgsql stable set search_path = '';
comment on function basepool._pattern_counts(text,text) is
'Whether p_pattern is the one of basepool.cutover that counts for p_model, or would be if it were listed.';

create function basepool._pause_facts(p_kind text, p_name text)
returns jsonb
language sql stable set search_path = '';
comment on function basepool._pause_facts(text,text) is
'Whether something is paused, until when, why and by whom, with what else resume ends, as an object for _changes. p_kind, p_name: as
_name_paused gives them.';

create function basepool._percentile(p_buckets jsonb, p_share double precision)
returns numeric
language sql immutable parallel safe set search_path = '';
comment on function basepool._percentile(jsonb,double precision) is
'The p_share (0 to 1) percentile in seconds of what is in buckets (_bucket_bounds), as if it lay evenly in them: off by a quarter at
most. Null of none.';

create function basepool._permits_left(p_spent bigint, p_step bigint, p_burst integer, p_now bigint)
returns integer
language plpgsql immutable parallel safe set search_path = '';
comment on function basepool._permits_left(bigint,bigint,integer,bigint) is
'How many requests may be granted at p_now. p_spent: the limiter''s state; p_step: _time_per_permit; p_burst: _burst. Both
times in microseconds since 1970. Returns 0 or more.';

create function basepool._pool_outlook(p_now timestamp with time zone, p_changes jsonb)
returns table (
  account_id bigint,
  starts double precision,
  seats integer,
  free integer,
  permits double precision,
  per_minute double precision
)
language sql volatile set search_path = '';
comment on function basepool._pool_outlook(timestamp with time zone,jsonb) is
'What the accounts can take from p_now on with p_changes (as page_what_if takes them, checked already), a row per account and
time at which its tokens begin: starts (seconds from now), seats, free (of them now), permits (creates at once now), per_minute
(creates that its limit lasts for, of the account as a whole). Suspended tokens and paused ones without an end are not counted.';

create function basepool._post_messages(p_now timestamp with time zone)
returns integer
language plpgsql volatile set search_path = '';
comment on function basepool._post_messages(timestamp with time zone) is
'Hands the messages that are due at p_now to pg_net, where that is. Returns how many. For watch and send_test_alert.';

create function basepool._predict_seconds(p_prediction jsonb)
returns numeric
language sql immutable;
comment on function basepool._predict_seconds(jsonb) is
'metrics.predict_time of a prediction in seconds, also where it is written as text ("1.5s"). Null for what is no time of at most
30 days. Inlined.';

create function basepool._prepare_token()
returns trigger
language plpgsql volatile security definer set search_path = '';
comment on function basepool._prepare_token() is
'Trigger, before insert or update on public.replicate_tokens: checks the token, fingerprints and stores it (in Vault
where that is installed and settings.tokens_in_vault says so), and gives it an account. One that is in the pool already is not
inserted again, without an error (where the app was there before basepool and the column holds the same text, its constraint and on
conflict decide); an update to it raises TP006. Raises TP007. Definer: the app has no rights on accounts and Vault.';

create function basepool._printable(p_text text)
returns text
language sql immutable set search_path = '';
comment on function basepool._printable(text) is
'A text from outside as it may stand in a message: at most 200 characters (then ...), white space as blanks, other control and
invisible characters as ?. Null for null.';

create function basepool._probe_token(p_token_id integer)
returns text
language plpgsql volatile set search_path = '';
comment on function basepool._probe_token(integer) is
'Has Replicate asked about a suspended token, or about the credit of its account, now instead of when it is due, and wakes
whoever does that. Returns what follows, in words. Leaves a row in the audit. Raises TP005.';

create function basepool._prune_history(p_max integer default 10000)
returns jsonb
language plpgsql volatile set search_path = '';
comment on function basepool._prune_history(integer) is
'Deletes up to p_max rows each of job_runs, alerts that are closed, messages about them, webhook_events, ended searches,
model_routes, breakers that are not open and silent workers (settings.keep_history_for), of basepool.audit
(settings.keep_audit_for), finished attempts (settings.keep_attempts_for), dry runs and, thirty times as many, decisions
(settings.keep_decisions), and what pg_cron keeps of the jobs in basepool.jobs; forgets former webhook secrets. Returns the
counts. The job prune. For the owner and basepool.run_job.';

create function basepool._queue_again(
  p_generation uuid,
  p_tag bigint,
  p_tries integer,
  p_run_after timestamp with time zone default null::timestamp with time zone
)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._queue_again(uuid,bigint,integer,timestamp with time zone) is
'Puts a pending generation on the queue that was off it. p_tag: its old tag; p_tries: how often it was tried; p_run_after: not
before then, null for at once.';

create function basepool._queue_due_retries(p_now timestamp with time zone)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._queue_due_retries(timestamp with time zone) is
'Has up to 1000 retries wait with the others whose time has come at p_now.';

create function basepool._queue_head(p_priority smallint, out tag bigint, out place bigint)
returns record
language plpgsql volatile set search_path = '' set enable_seqscan = 'off' set enable_sort = 'off' set enable_bitmapscan = 'off' set jit = 'off';
comment on function basepool._queue_head(smallint) is
'Tag and place of the first that waits with this priority; nulls when none does.';

create function basepool._queue_outlook(p_now timestamp with time zone)
returns jsonb
language plpgsql stable set search_path = '' set enable_seqscan = 'off' set enable_sort = 'off' set enable_bitmapscan = 'off' set jit = 'off';
comment on function basepool._queue_outlook(timestamp with time zone) is
'What waits at p_now, parked ones apart: {count (up to 10,000), capped, about (estimated, where it is capped), seconds_each (how
long one keeps a seat: the median of its model in model_stats, of 2,000 that wait; of models that are not there the mean of the
last 200 successes; null: nothing is known), seconds_known (the share of them whose model is there), submit_seconds (how long a
create takes), predict_seconds (what is charged for one), gates: [{pattern, waiting, max_in_flight, in_flight, seconds}]}.';

create function basepool._quiet_time(p_name text, p_now timestamp with time zone)
returns interval
language sql stable set search_path = '';
comment on function basepool._quiet_time(text,timestamp with time zone) is
'How long the reason of the alarm p_name must have been away before it closes: two minutes, and twice as long for each time that it
opened within the last six hours before, up to an hour. For _ring.';

create function basepool._quote(p_text text)
returns text
language sql immutable set search_path = '';
comment on function basepool._quote(text) is
'_printable in quotes, or null without them where there is none: for messages.';

create function basepool._raise_error(p_error jsonb)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._raise_error(jsonb) is
'Raises an error of an item: code (SQLSTATE), message, detail, hint.';

create function basepool._read_answers(p_now timestamp with time zone)
returns integer
language plpgsql volatile set search_path = '';
comment on function basepool._read_answers(timestamp with time zone) is
'Notes what became of the messages that pg_net was given, until p_now: arrived, or to be sent again; one that nothing is known of
after 45 seconds counts as lost. Returns how many. For watch and get_alert_message.';

create function basepool._read_changes(p_changes jsonb)
returns jsonb
language plpgsql stable set search_path = '';
comment on function basepool._read_changes(jsonb) is
'p_changes as page_what_if takes them, if nothing is wrong with them. Raises PT400, PT404, TP005.';

create function basepool._read_filter(
  p_filter jsonb,
  p_now timestamp with time zone,
  out ids uuid[],
  out tab text,
  out user_id uuid,
  out model text,
  out token_id integer,
  out rule text,
  out worker text,
  out since timestamp with time zone,
  out until timestamp with time zone
)
returns record
language plpgsql stable set search_path = '';
comment on function basepool._read_filter(jsonb,timestamp with time zone) is
'Reads a filter of generations: an object with some of ids (1 to 1,000), tab, user_id, model (a name takes all its versions),
token_id, rule and worker (of the last try), since and until (when they were submitted; how long before p_now is a time, too).
null and '''' are as if missing. Raises PT400.';

create function basepool._read_moment(p_text text, p_now timestamp with time zone)
returns timestamp with time zone
language plpgsql stable set search_path = '';
comment on function basepool._read_moment(text,timestamp with time zone) is
'The time p_text, or the one so long before p_now: 2026-12-01 10:00Z, 90 minutes, 7d. Raises data exceptions.';

create function basepool._read_secret(p_stored text)
returns text
language plpgsql stable set search_path = '';
comment on function basepool._read_secret(text) is
'The secret behind a stored value, itself or what Vault holds for vault:<uuid>, as it can be sent; null where it can''t be, which
_explain_secret explains.';

create function basepool._read_time(p_text text)
returns timestamp with time zone
language plpgsql stable set search_path = '' set timezone = 'UTC';
comment on function basepool._read_time(text) is
'An ISO 8601 time as a timestamptz; null for what is none.';

create function basepool._read_url(p_stored text, out url text, out problem text)
returns record
language plpgsql stable set search_path = '';
comment on function basepool._read_url(text) is
'The URL that the value p_stored of alert_url or heartbeat_url stands for (itself, or the secret that vault:name names), or the
problem with it. For _post_messages and claim_alert_messages.';

create function basepool._read_vault(p_stored text, out secret text, out problem text)
returns record
language plpgsql stable set search_path = '';
comment on function basepool._read_vault(text) is
'What Vault holds for a stored vault:<uuid>, or why it can''t be had.';

create function basepool._receive_prediction(
  p_attempt uuid,
  p_prediction jsonb,
  p_source text,
  p_webhook_id text default null::text
)
returns text
language plpgsql volatile set search_path = '';
comment on function basepool._receive_prediction(uuid,jsonb,text,text) is
'Applies a prediction to its attempt and generation; see apply_prediction.';

create function basepool._recognize_prediction(p_model text, p_input jsonb, p_prediction jsonb)
returns text
language plpgsql immutable set search_path = '';
comment on function basepool._recognize_prediction(text,jsonb,jsonb) is
'Whether p_prediction, as Replicate lists it, is one of p_model with p_input, as it was sent (null: no longer known). Returns same,
different or perhaps. Source: Replicate''s OpenAPI document, schemas_prediction_response.';

create function basepool._record_rejected(
  p_attempt uuid,
  p_source text,
  p_status integer,
  p_body text,
  out decision text,
  out rule text,
  out retry_at timestamp with time zone
)
returns record
language plpgsql volatile set search_path = '';
comment on function basepool._record_rejected(uuid,text,integer,text) is
'Records that a create was refused or not answered; see record_rejected.';

create function basepool._record_submitted(p_attempt uuid, p_prediction jsonb, p_has_webhook boolean)
returns text
language plpgsql volatile set search_path = '';
comment on function basepool._record_submitted(uuid,jsonb,boolean) is
'Records that Replicate accepted a create; see record_submitted.';

create function basepool._recover_overlooked()
returns integer
language plpgsql volatile set search_path = '';
comment on function basepool._recover_overlooked() is
'Moves what waits or is free, but lies before where claims look, to where they do; once a minute. Returns how many. Part of
every claim.';

create function basepool._redundant_indexes(p_table regclass)
returns table (index regclass, kept regclass, is_proved boolean, because text)
language sql stable set search_path = '';
comment on function basepool._redundant_indexes(regclass) is
'The indexes of p_table that another one, kept, replaces, and why. is_proved: whatever asks for rows through the index can ask kept
for them in the same order, at the same cost but for its size, and what is unique stays so: same method, operator classes, collations,
and directions (or all of them reversed), and a predicate that says no more than the columns that kept begins with, or nothing at
all. Never one that a constraint, a foreign key, replication or CLUSTER goes by. Not proved: nearly so, for a person to judge. For
_diagnose_indexes.';

create function basepool._refused_webhooks(p_now timestamp with time zone)
returns table (account_id bigint, refused integer, since timestamp with time zone)
language sql stable set search_path = '';
comment on function basepool._refused_webhooks(timestamp with time zone) is
'The accounts whose genuine webhooks were refused lately for their signature, twice at least and none accepted since. Looks at
the last 500 events of ten minutes.';

create function basepool._rejoin_round(p_account bigint)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._rejoin_round(bigint) is
'Gives the free seats of an account''s tokens turns of now, unless a claim has its limiter at this moment.';

create function basepool._release_generation()
returns trigger
language plpgsql volatile security definer set search_path = '';
comment on function basepool._release_generation() is
'Trigger, before queued_at of an active generation is emptied: takes it off the queue, so that it is the app''s. Raises PT409 when
it is in flight. Definer: the app has no rights on the queue.';

create function basepool._remove_surplus_seats(p_token integer default null::integer)
returns integer
language plpgsql volatile set search_path = '';
comment on function basepool._remove_surplus_seats(integer) is
'Removes the free seats beyond max_in_flight of a token (null: of all), and notes when none is left. Returns for how many
tokens that is so. Part of the job cleanup.';

create function basepool._retry_generations(
  p_ids uuid[],
  p_error text,
  p_since interval,
  p_max integer,
  p_dry_run boolean
)
returns table (generation_id uuid, failed_at timestamp with time zone, error text, outcome text, retried_as uuid)
language plpgsql volatile set search_path = '';
comment on function basepool._retry_generations(uuid[],text,interval,integer,boolean) is
'Does what retry_generations says, with its arguments, and leaves no row in the audit. Locks all users first, in their order.';

create function basepool._retry_or_fail(
  p_attempt basepool.attempts,
  p_rule basepool.error_rules,
  p_error text,
  p_wait interval,
  p_prediction jsonb,
  out decision text,
  out retry_at timestamp with time zone
)
returns record
language plpgsql volatile set search_path = '';
comment on function basepool._retry_or_fail(basepool.attempts,basepool.error_rules,text,interval,jsonb) is
'Queues the generation of an attempt that failed again, or fails it. p_rule: the rule that matched; p_error: for error_message;
p_wait: how long the answer said to wait, or null; p_prediction: the failed prediction, or null. Returns decision (in words)
and retry_at.';

create function basepool._ring(p_now timestamp with time zone, p_alarms jsonb, p_is_complete boolean)
returns jsonb
language plpgsql volatile set search_path = '';
comment on function basepool._ring(timestamp with time zone,jsonb,boolean) is
'Opens the alarms of p_alarms ([{name, severity, says}], all that there is reason for at p_now) that are not open, closes
those whose
reason has been away for _quiet_time, unless p_is_complete says that not all was looked at, and writes the messages: one when it opens,
one when it closes, one each alert_repeat_after between. Returns {open, opened, closed}. For watch.';

create function basepool._roll_up()
returns jsonb
language sql volatile set search_path = '';
comment on function basepool._roll_up() is
'Counts what is new (_count_attempts), learns how long models take, and watches the budgets. Returns {token_hours, models}: the rows
written. The job rollup. For the owner and basepool.run_job.';

create function basepool._roll_up_model_stats()
returns integer
language plpgsql volatile set search_path = '';
comment on function basepool._roll_up_model_stats() is
'Learns from the last 20,000 predictions that succeeded within a week how long those of each model take, from 20 of a model on.
Returns the number of models. Part of the job rollup. For the owner and basepool.run_job.';

create function basepool._roll_up_token_stats()
returns integer
language plpgsql volatile set search_path = '';
comment on function basepool._roll_up_token_stats() is
'Counts what is new (_count_attempts) and brings request_count and last_used_at of the tokens up to date. Returns how many rows of
token_stats were written. Part of the job rollup. For the owner and basepool.run_job.';

create function basepool._say_interval(p_time interval)
returns text
language sql immutable set search_path = '';
comment on function basepool._say_interval(interval) is
'p_time in its largest unit that leaves no rest, from days to milliseconds: 90 seconds, 2 hours. A month has 30 days. Null for
null.';

create function basepool._schedule_jobs()
returns integer
language plpgsql volatile set search_path = '';
comment on function basepool._schedule_jobs() is
'Has pg_cron run the jobs of basepool.jobs that run in the database, each under its name with basepool- before it. A cron job of
such a name that is somebody else''s is left as it is, with a warning. Returns how many are scheduled. For the owner and
db/jobs.sql.';

create function basepool._seat_of(p_attempt uuid)
returns integer
language sql immutable parallel safe;
comment on function basepool._seat_of(uuid) is
'The seat whose attempt p_attempt is, or was. Inlined.';

create function basepool._secret_of_account(p_account bigint, p_token integer default null::integer)
returns text
language plpgsql volatile set search_path = '';
comment on function basepool._secret_of_account(bigint,integer) is
'The secret of a token of an account for reading and cancelling, preferably of p_token; null when the account has none that can be
used. Suspends those that can''t.';

create function basepool._send_changes()
returns trigger
language plpgsql volatile security definer set search_path = '' set lock_timeout = '200ms' set enable_seqscan = 'off';
comment on function basepool._send_changes() is
'Trigger, deferred to the commit of a transaction in which generations changed: tells each user of his, once, and forgets them. The
message is {"v": 1, "changes": [{"id", "status"}]}, with "more": true where there are more than 80: no prompt, no link. It goes by
realtime.send(payload, event, topic, private) as event changes on the private topic generations:<user>, or where there is none as
a notification on basepool_changes, with "user". realtime.send warns instead of raising, and writes a row of realtime.messages
(github.com/supabase/realtime, lib/realtime/tenants/repo/migrations/20241220123912, 20250128220012). Raises nothing, waits for no
lock longer than 200 ms, and tells no more users when a second has passed. Definer: whoever changes a generation has no rights on
these tables, nor, as a rule, on Realtime''s.';

create function basepool._settle_generation(
  p_generation uuid,
  p_status text,
  p_error text default null::text,
  p_prediction jsonb default null::jsonb
)
returns boolean
language plpgsql volatile set search_path = '';
comment on function basepool._settle_generation(uuid,text,text,jsonb) is
'Ends a generation that is still active. p_status: failed or cancelled; p_error: its error_message; p_prediction: the
prediction as Replicate has it. Returns whether it was ended now.';

create function basepool._settlement_details(p_generation public.generations, p_outcome text)
returns jsonb
language plpgsql volatile set search_path = '';
comment on function basepool._settlement_details(public.generations,text) is
'What the hook is told beside the outcome: user_id, model, cost_credits (its price at the door), credits (what it came to, by
basepool.models: 0 where nothing was sent), seconds (of metrics.predict_time, of all attempts; null: not known yet), attempt and
prediction_id (the last), attempts (how many), started_at (when the first was leased).';

create function basepool._show_late(p_now timestamp with time zone)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._show_late(timestamp with time zone) is
'Shows up to 100 generations their files that could not be shown when these were stored or given up.';

create function basepool._show_outputs(p_generation uuid, p_nth integer)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._show_outputs(uuid,integer) is
'Puts where the files of p_generation are kept into its output_urls and output_thumbs, if none of them is waited for any more: the
lasting URL, the key where it is private, the source link where it could not be kept; beside it its thumbnail or null. p_nth: one of
its files, stored or failed, whose row the caller has locked; it is noted there where somebody holds the generation. The caller has
_lock_outputs.';

create function basepool._show_setting(p_value text)
returns text
language sql immutable set search_path = '';
comment on function basepool._show_setting(text) is
'The value of a setting as the page and the audit have it: of a URL its host only.';

create function basepool._sign_url(p_url text, p_key text, p_is_private boolean, p_expires bigint, p_secret bytea)
returns text
language sql immutable set search_path = '';
comment on function basepool._sign_url(text,text,boolean,bigint,bytea) is
'p_url as it is, or where it is private with expires (p_expires, Unix time) and signature: the HMAC-SHA256, in hex, of p_key, a line
feed and expires under p_secret. Null for null.';

create function basepool._silence_of_workers()
returns interval
language sql immutable set search_path = '';
comment on function basepool._silence_of_workers() is
'After how long without a heartbeat a worker counts as silent: dead, cut off, or stuck.';

create function basepool._silent_cron(p_now timestamp with time zone)
returns table (last_run timestamp with time zone)
language sql stable set search_path = '';
comment on function basepool._silent_cron(timestamp with time zone) is
'A row if pg_cron has not run the job watch for 100 seconds, though it should every minute: last_run, when it ran any job
last (null:
not within a day). For _watch_findings and health.';

create function basepool._source_links(p_urls text[], p_output jsonb)
returns text[]
language sql immutable set search_path = '';
comment on function basepool._source_links(text[],jsonb) is
'p_urls, a generation''s output_urls, with null in place of whatever is no source: neither a link of Replicate''s nor a data: URL,
nor in p_output, the prediction''s output; or is there a second time.';

create function basepool._spend_permits(p_spent bigint, p_step bigint, p_count integer, p_now bigint)
returns bigint
language plpgsql immutable parallel safe set search_path = '';
comment on function basepool._spend_permits(bigint,bigint,integer,bigint) is
'The limiter''s state after p_count requests granted at p_now; see basepool._permits_left.';

create function basepool._spend_reads(p_account bigint, p_count integer)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._spend_reads(bigint,integer) is
'Counts p_count reads or cancels against the account''s limit.';

create function basepool._status_of(p_section text)
returns jsonb
language plpgsql volatile set search_path = '';
comment on function basepool._status_of(text) is
'What basepool.get_status shows under p_section: generations, queue, pauses, attempts, last_hour, tokens, webhooks,
searches, outputs, jobs, workers, alerts or findings.';

create function basepool._store_secret(p_secret text, p_purpose text)
returns text
language plpgsql volatile set search_path = '';
comment on function basepool._store_secret(text,text) is
'What to keep in a column for a secret: vault:<uuid> where Supabase Vault is installed, the secret itself elsewhere. p_purpose:
a description for Vault, one of those that _forget_secrets knows.';

create function basepool._sum_attempts(p_since timestamp with time zone)
returns table (
  token_id integer,
  account_id bigint,
  leases integer,
  succeeded integer,
  failed integer,
  canceled integer,
  rejected integer,
  open integer,
  predict_seconds numeric,
  errors jsonb,
  queue_p50 numeric,
  queue_p95 numeric,
  submit_p50 numeric,
  submit_p95 numeric,
  predict_p50 numeric,
  predict_p95 numeric
)
language sql stable set search_path = '';
comment on function basepool._sum_attempts(timestamp with time zone) is
'What _measure_attempts says, from the full hour (UTC) before p_since on, of token_stats as it was counted last; the percentiles are
those of buckets (_percentile), off by a quarter at most.';

create function basepool._suspend_token(
  p_token_id integer,
  p_rule basepool.error_rules,
  p_reason text,
  p_leased_at timestamp with time zone default null::timestamp with time zone
)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._suspend_token(integer,basepool.error_rules,text,timestamp with time zone) is
'Suspends a token for p_rule.cool_down, longer with each time in a row. p_reason: what Replicate said; p_leased_at: when the
call was leased that was refused, so that one suspension answers all calls under way; null for a probe.';

create function basepool._suspend_unusable(p_token_id integer)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._suspend_unusable(integer) is
'Suspends a token whose secret can''t be used, as the rule token-unusable says, with the reason. Waits for nothing: does nothing
where the token is locked, suspended for longer, or can be used after all.';

create function basepool._suspicions(p_token integer)
returns table (suspended_at timestamp with time zone, cooled_at timestamp with time zone)
language sql stable;
comment on function basepool._suspicions(integer) is
'What is held against a token: a row if it is suspended, or if its account cools down or is being probed. Inlined.';

create function basepool._sync_listen_policy()
returns text
language plpgsql volatile set search_path = '' set lock_timeout = '2s';
comment on function basepool._sync_listen_policy() is
'Makes the policy of _listen_policy on realtime.messages if settings.realtime is on and the table is there; drops it if it is off.
Returns null, or why that could not be done: Supabase allows it to some roles and in some places only. For configure and the job
cleanup.';

create function basepool._sync_seats()
returns trigger
language plpgsql volatile security definer set search_path = '';
comment on function basepool._sync_seats() is
'Trigger, after a token was added, removed, enabled or its limits changed: gives it the seats and turns it is to have.
Definer: the app''s server may change its tokens, but has no rights on seats.';

create function basepool._sync_user_rights()
returns void
language plpgsql volatile set search_path = '' set lock_timeout = '100ms';
comment on function basepool._sync_user_rights() is
'Takes from users what settings.enforce_user_rights takes, by the statements of basepool.user_rights, after noting there what they
had; or gives exactly that back. Does nothing where it is so already. Raises TP040 when one of the tables can''t
be had within some seconds. For configure.';

create function basepool._take_unheld(
  p_max integer,
  p_is_probe boolean,
  out generations uuid[],
  out tags bigint[],
  out tries integer[],
  out queued timestamp with time zone[]
)
returns record
language plpgsql volatile set search_path = '';
comment on function basepool._take_unheld(integer,boolean) is
'What _take_waiting does, past what a pause or a breaker holds back: that is parked, up to 2000 in one claim. Of a model whose
breaker is to be tried, one is taken. p_is_probe: the one that is taken tries the provider''s.';

create function basepool._take_waiting(
  p_max integer,
  out generations uuid[],
  out tags bigint[],
  out tries integer[],
  out queued timestamp with time zone[]
)
returns record
language plpgsql volatile set search_path = '';
comment on function basepool._take_waiting(integer) is
'Takes up to p_max generations off the queue, in the order in which they are to run. Returns them with their tags, how often
they were tried and since when they wait; null where nothing waits.';

create function basepool._takes_plain_insert(p_user uuid, p_model text, p_is_for_app boolean)
returns boolean
language plpgsql stable set search_path = '';
comment on function basepool._takes_plain_insert(uuid,text,boolean) is
'Whether basepool runs a pending generation that is inserted plainly: its model is one of Replicate''s, and basepool.cutover has
moved it over for this user. p_is_for_app: it belongs to a keyframe job or has no input, so that in an adopted database it is the
app''s.';

create function basepool._time_per_permit(p_per_minute integer, p_burst integer, p_delay bigint)
returns bigint
language sql immutable parallel safe;
comment on function basepool._time_per_permit(integer,integer,bigint) is
'Microseconds, rounded up, in which the rate limiter regains one request under a limit of p_per_minute with a burst of p_burst
(_burst), when a request is sent up to p_delay microseconds after it was granted. Inlined.';

create function basepool._timeline(p_page jsonb)
returns jsonb
language sql immutable set search_path = '';
comment on function basepool._timeline(jsonb) is
'The timeline of page_generation, from the rest of it (p_page): what happened, by time; at the same time in the order in which it
follows from one another.';

create function basepool._token_capacity(p_now timestamp with time zone)
returns table (
  token_id integer,
  account_id bigint,
  in_flight integer,
  free integer,
  state text,
  back_at timestamp with time zone,
  reason text
)
language sql volatile set search_path = '';
comment on function basepool._token_capacity(timestamp with time zone) is
'What every token can take at p_now. One row per token: in_flight, free (leases it can take), state (ready, full, limited,
cooling, spent, probing, breaker, paused, suspended, draining, disabled), back_at (when that ends, if time ends it), reason.';

create function basepool._token_facts(p_token_id integer)
returns jsonb
language sql stable set search_path = '';
comment on function basepool._token_facts(integer) is
'A token and the limits of its account as an object of small values, for _changes; no secret. Null where there is no such token.';

create function basepool._token_readers(out says text, out is_known boolean)
returns record
language plpgsql stable set search_path = '';
comment on function basepool._token_readers() is
'What still reads replicate_tokens.token directly, after pg_stat_statements: the statements that are called most, with who calls
them; null where there is none. is_known: whether all could be looked at. For secure_tokens.';

create function basepool._token_state(
  p_now timestamp with time zone,
  p_is_active boolean,
  p_suspended_at timestamp with time zone,
  p_suspended_until timestamp with time zone,
  p_cooldown_until timestamp with time zone,
  p_over_budget_until timestamp with time zone,
  p_probing_until timestamp with time zone,
  p_is_paused boolean,
  p_has_breaker boolean,
  p_has_lease boolean,
  p_last_lease timestamp with time zone,
  p_is_full boolean,
  p_is_open boolean
)
returns text
language sql stable;
comment on function basepool._token_state(timestamp with time zone,boolean,timestamp with time zone,timestamp with time zone,timestamp with time zone,timestamp with time zone,timestamp with time zone,boolean,boolean,boolean,timestamp with time zone,boolean,boolean) is
'ready, full, limited, cooling, spent, probing, breaker, paused, suspended, draining or disabled: the first reason why a token
can''t be leased at p_now, by its row and its account''s; p_is_paused: its account or the pool; p_has_breaker: the provider''s;
p_has_lease, p_last_lease: what it has in flight; p_is_full: no seat is free; p_is_open: _open_tokens has it. Inlined.';

create function basepool._tokens_of_account(p_account bigint, p_token integer)
returns setof public.replicate_tokens
language sql stable set search_path = '';
comment on function basepool._tokens_of_account(bigint,integer) is
'The tokens of an account for reading and cancelling: those that work first, of them p_token.';

create function basepool._trim_secret(p_text text)
returns text
language plpgsql immutable set search_path = '';
comment on function basepool._trim_secret(text) is
'A text without white space, byte order marks and the like at its ends.';

create function basepool._trip_breaker(p_attempt basepool.attempts, p_rule basepool.error_rules, p_error text)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._trip_breaker(basepool.attempts,basepool.error_rules,text) is
'Counts an error of a rule that has a breaker, and opens that when p_rule.trips_after have come in a row within five minutes of each
other: of the provider, of different generations and with no create accepted in between; of a model, with none of its predictions
succeeding. Nothing while it is open: _judge_probe has the word then.';

create function basepool._try_again_at(
  p_file basepool.output_files,
  p_code text,
  p_retry_after numeric,
  p_now timestamp with time zone
)
returns timestamp with time zone
language plpgsql volatile set search_path = '';
comment on function basepool._try_again_at(basepool.output_files,text,numeric,timestamp with time zone) is
'When the copy of p_file, which has failed at p_now because of p_code, is tried again: at once where only its worker stopped, else
at pauses that double from two seconds up to a minute, or are as long as p_retry_after says (seconds, at most 600), but shorter as
the deadline comes near. Null: never, because of the code, or because there is no time left.';

create function basepool._try_cancel(p_id uuid, out outcome text, out error text)
returns record
language plpgsql volatile set search_path = '';
comment on function basepool._try_cancel(uuid) is
'Cancels a generation without waiting for anybody. outcome: cancelled, busy (somebody holds it), is (its status, where it is
over), is gone, or failed (the app''s hook, or a trigger or rule of the app; what it said is in error).';

create function basepool._try_lock_generation(p_id uuid)
returns boolean
language plpgsql volatile set search_path = '';
comment on function basepool._try_lock_generation(uuid) is
'Locks the seat of a generation, if it has one, and the generation, without waiting. Returns false when one of them is locked
by somebody else, or it is over.';

create function basepool._try_lock_holds(p_is_shared boolean default false)
returns boolean
language plpgsql volatile set search_path = '';
comment on function basepool._try_lock_holds(boolean) is
'Whether this transaction has the lock on what is held back, from now to its end. p_is_shared: as one of those that park. Waits for
nobody; _lock_holds does.';

create function basepool._try_model(p_holder text, p_generation uuid, p_now timestamp with time zone)
returns boolean
language plpgsql volatile set search_path = '';
comment on function basepool._try_model(text,uuid,timestamp with time zone) is
'Whether p_generation is to try the model that holds it back (p_holder: as queue.parked_for has it): because its breaker alone does,
it is time, and nobody else is at it.';

create function basepool._try_other_route(p_attempt basepool.attempts, p_status integer, p_body text)
returns basepool.error_rules
language plpgsql volatile set search_path = '';
comment on function basepool._try_other_route(basepool.attempts,integer,text) is
'Whether a create that was refused with p_status and p_body may be tried by another route, because a rule of source route
matches, the model is written as owner/name, and not all routes were tried for this generation. Remembers the next one for the
model (model_routes). Returns the rule, or null.';

create function basepool._unpark(p_kind text, p_name text)
returns integer
language plpgsql volatile set search_path = '';
comment on function basepool._unpark(text,text) is
'Puts what was parked for the user or the model (p_kind) p_name back to the others that wait. Returns how many.';

create function basepool._unschedule_job(p_job text, p_cron_job_id bigint)
returns boolean
language plpgsql volatile set search_path = '';
comment on function basepool._unschedule_job(text,bigint) is
'Takes the job p_job out of pg_cron, with its history there, if its job p_cron_job_id is the one that was made for it. Returns
whether it was. For the owner and db/jobs.sql.';

create function basepool._unsettled_because()
returns text
language plpgsql stable set search_path = '';
comment on function basepool._unsettled_because() is
'Null nearly always. Else what the app''s hook has said: generations are noted in basepool.unsettled instead of
ended.';

create function basepool._urls_as_files(p_urls text[], p_thumbs text[])
returns jsonb
language sql immutable set search_path = '';
comment on function basepool._urls_as_files(text[],text[]) is
'The first 100 links of a generation whose files are not kept, as page_generation lists files; state: not kept.';

create function basepool._usable_secret(p_secret text)
returns text
language plpgsql immutable set search_path = '';
comment on function basepool._usable_secret(text) is
'A token or webhook secret without white space, byte order marks and the like at its ends; null for what can''t be one: what is
left is shorter than 8 or longer than 500 characters, or has others than printable ASCII without spaces.';

create function basepool._wake_files(p_now timestamp with time zone)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._wake_files(timestamp with time zone) is
'Has up to 1000 files whose pause is over at p_now, and as many whose lease is, wait for a claim.';

create function basepool._wake_workers()
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._wake_workers() is
'Notifies basepool_queue if something waits and a worker has found nothing to do
(basepool.wake_up).';

create function basepool._walk(
  p_list text,
  p_user uuid,
  p_at timestamp with time zone,
  p_id uuid,
  p_until timestamp with time zone,
  p_max integer
)
returns table (at timestamp with time zone, id uuid, is_one boolean)
language plpgsql stable set search_path = '' set enable_seqscan = 'off' set enable_sort = 'off' set enable_bitmapscan = 'off' set jit = 'off';
comment on function basepool._walk(text,uuid,timestamp with time zone,uuid,timestamp with time zone,integer) is
'About p_max rows of a list in its order, by time and id: active and active of user (generations, oldest first), failed or
cancelled, of user (generations, newest first), attempts (those that are over, the last one first). They come after p_at, or after
p_id among those of that time where p_id is not null, and before p_until (newest first: not before it). A row of is_one false is
none, but as far as was looked. At most some 4,000 rows are read.';

create function basepool._walk_output(p_output jsonb)
returns table (place integer[], name text, kind text, content text, is_listed boolean, is_echo boolean)
language plpgsql immutable set search_path = '';
comment on function basepool._walk_output(jsonb) is
'The strings of an output, and its streams as a whole. Returns for each its place in the tree (sorts in the tree''s order), the
name under which it stands (null in a list), its kind (file, text or stream), its content (of a stream the pieces joined),
whether it stands somewhere in a list (is_listed), and whether under the name of what was sent (is_echo). The order of names is
that of jsonb, shorter ones first: their order at Replicate is not kept.';

create function basepool._want_wake_up(p_is_wanted boolean)
returns void
language plpgsql volatile set search_path = '';
comment on function basepool._want_wake_up(boolean) is
'Sets whether workers are to be notified (basepool.wake_up).';

create function basepool._watch_budgets()
returns integer
language plpgsql volatile set search_path = '';
comment on function basepool._watch_budgets() is
'Closes the accounts whose budget, or the budget of all, is used up until the next midnight UTC, and opens those where it is not
(any more). Returns how many were changed. Part of heartbeats and of the job rollup.';

create function basepool._watch_findings(p_now timestamp with time zone)
returns table (name text, says text)
language plpgsql volatile set search_path = '';
comment on function basepool._watch_findings(timestamp with time zone) is
'pool-dead, credit-none, unknown-many, stuck-growing, spend-anomaly, cron-silent and alerts-not-sent, at p_now, each while it
is so. For
_list_findings.';

create function basepool._watch_if_due(p_now timestamp with time zone)
returns boolean
language plpgsql volatile set search_path = '';
comment on function basepool._watch_if_due(timestamp with time zone) is
'Runs the job watch where nobody did within the last minute, or 100 seconds where pg_cron should have. Returns whether. For
heartbeat.';

create function basepool._webhooks_of(p_attempts jsonb)
returns jsonb
language sql stable set search_path = '' set enable_seqscan = 'off' set enable_sort = 'off' set enable_bitmapscan = 'off' set enable_hashjoin = 'off' set enable_mergejoin = 'off' set jit = 'off';
comment on function basepool._webhooks_of(jsonb) is
'The webhooks of the last five of p_attempts (as page_generation has them), and those of all that were refused: at, attempt_no,
webhook_id, status, outcome, refused. They are looked for among 400 events after each time at which one is likely, so that in a
flood some may be missing.';

create function basepool._when_certain(
  p_lost_at timestamp with time zone,
  out provable_at timestamp with time zone,
  out over_at timestamp with time zone
)
returns record
language sql stable set search_path = '';
comment on function basepool._when_certain(timestamp with time zone) is
'For an answer that was lost at p_lost_at: from when on a complete list proves that there is no prediction (provable_at), and
from when on whatever there was has ended (over_at).';

create function basepool._write_heartbeat(p_now timestamp with time zone)
returns boolean
language plpgsql volatile set search_path = '';
comment on function basepool._write_heartbeat(timestamp with time zone) is
'Has heartbeat_url called, where there is one and no alarm is open at p_now. Returns whether. For watch.';

create function basepool._write_message(p_kind text, p_alert basepool.alerts, p_now timestamp with time zone)
returns bigint
language sql volatile set search_path = '';
comment on function basepool._write_message(text,basepool.alerts,timestamp with time zone) is
'Writes the message of p_kind (opened, again, closed; test with p_alert null) about p_alert, due at p_now. Its body is {text, alert:
{id, name, severity, state, says, opened_at, closed_at, database}}. Returns its id. For _ring and send_test_alert.';

create function basepool.act_on_generations(
  p_actor text,
  p_action text,
  p_filter jsonb,
  p_dry_run text default null::text,
  p_max integer default 1000
)
returns jsonb
language plpgsql volatile security definer set search_path = '';
comment on function basepool.act_on_generations(text,text,jsonb,text,integer) is
'Retries or cancels up to p_max (1 to 1000) generations. p_actor: the operator who acts, null: whoever is logged in; p_action:
retry (failed ones) or cancel (active ones that the app does not run itself); p_filter: as _read_filter reads it. Without
p_dry_run it only looks, and fixes what it has found, the newest of what was created by now: {dry_run, action, matched, capped
(there are more, or there may be), by: {status: count}, would: {outcome: count}, sample: [up to ten ids], until, expires_at}.
With p_dry_run, within ten minutes, once, and with the same actor, action and filter, it does it to these: {action, matched,
done: {outcome: count}, error (the first), until}. Outcomes are those of retry_generations and _cancel_listed. Leaves one row in
the audit. Raises PT400, TP068 (the dry run can''t be carried out: unknown, another''s, of something else, done already, too
old).';
grant execute on function basepool.act_on_generations(text,text,jsonb,text,integer) to basepool_glue, basepool_operator;

create function basepool.act_on_job(p_actor text, p_job text)
returns jsonb
language plpgsql volatile security definer set search_path = '';
comment on function basepool.act_on_job(text,text) is
'Runs a job of the database now, or has one of the glue run by whoever can. p_actor: the operator who acts, null: whoever is
logged in; p_job: one of basepool.jobs. Returns {job, runs_in, ran, ok, result, error, asked (a job of the glue, and somebody is
there to run it), says}. Leaves one row in the audit. Raises TP003.';
grant execute on function basepool.act_on_job(text,text) to basepool_glue, basepool_operator;

create function basepool.act_on_pool(
  p_actor text,
  p_action text,
  p_kind text,
  p_name text default null::text,
  p_reason text default null::text
)
returns jsonb
language plpgsql volatile security definer set search_path = '';
comment on function basepool.act_on_pool(text,text,text,text,text) is
'Pauses or resumes. p_actor: the operator who acts, null: whoever is logged in; p_action: pause (until it is resumed) or resume;
p_kind, p_name: as in basepool.pause: the pool, a model, an account, a user; p_reason: shown with the pause. Returns {action,
kind, name, says (what happened)}. Leaves one row in the audit, with what it was and is. Raises PT400, PT404.';
grant execute on function basepool.act_on_pool(text,text,text,text,text) to basepool_glue, basepool_operator;

create function basepool.act_on_setting(p_actor text, p_name text, p_value jsonb, p_expected jsonb)
returns jsonb
language plpgsql volatile security definer set search_path = '';
comment on function basepool.act_on_setting(text,text,jsonb,jsonb) is
'Changes one setting, as change_setting does. p_actor: the operator who acts, null: whoever is logged in; p_value: the new one
(text, number, true or false), null for the default; p_expected: what it was when he looked, as page_settings or list_settings
shows it. Returns {name, was, value}. Leaves one row in the audit. Raises PT409 (it is something else by now), TP009, TP019 and
TP040.';
grant execute on function basepool.act_on_setting(text,text,jsonb,jsonb) to basepool_glue, basepool_operator;

create function basepool.act_on_token(
  p_actor text,
  p_token_id integer,
  p_action text,
  p_value integer default null::integer
)
returns jsonb
language plpgsql volatile security definer set search_path = '';
comment on function basepool.act_on_token(text,integer,text,integer) is
'Acts on a token. p_actor: the operator who acts, null: whoever is logged in; p_action: enable, disable, limit (p_value:
predictions in flight at once) or probe (have Replicate asked about a suspended one now). Returns {token_id, action, says (what
happened), token (what it is now)}. Leaves one row in the audit, with what it was and is. Raises PT400, TP005.';
grant execute on function basepool.act_on_token(text,integer,text,integer) to basepool_glue, basepool_operator;

create function basepool.add_token(
  p_token text,
  p_username text default null::text,
  p_kind text default null::text,
  p_webhook_secret text default null::text,
  p_max_in_flight integer default null::integer,
  p_name text default null::text
)
returns table (token_id integer, account_id bigint, account text, is_new_account boolean, tokens_of_account integer)
language plpgsql volatile security definer set search_path = '';
comment on function basepool.add_token(text,text,text,text,integer,text) is
'Adds a token to the pool. p_username, p_kind (user or organization): as GET /v1/account says, null where nobody asked;
p_webhook_secret: whsec_…; p_max_in_flight: default settings.default_max_in_flight; p_name: for people. Returns the token''s
and account''s id, the account''s name, whether it is new, and how many tokens it has now. Raises TP006 (known already), TP007
(malformed), PT400.';
grant execute on function basepool.add_token(text,text,text,text,integer,text) to basepool_glue;

create function basepool.apply_prediction(
  p_attempt uuid,
  p_prediction jsonb,
  p_source text,
  p_webhook_id text default null::text
)
returns text
language plpgsql volatile security definer set search_path = '';
comment on function basepool.apply_prediction(uuid,jsonb,text,text) is
'Applies a prediction to its attempt and generation. p_source: webhook, poll, cancel, search (match_predictions recognised it)
or late (the answer to a create whose lease had run out); p_webhook_id: the webhook-id header, for a webhook only. The caller
has verified the signature. Returns applied, duplicate, unchanged, stale, late or delivered late. Raises TP001 (unknown
attempt), TP002 (the prediction of another attempt), PT400. Source: https://replicate.com/docs/topics/webhooks.';
grant execute on function basepool.apply_prediction(uuid,jsonb,text,text) to basepool_glue;

create function basepool.apply_predictions(p_items jsonb)
returns table (nth integer, outcome text, error jsonb)
language plpgsql volatile security definer set search_path = '';
comment on function basepool.apply_predictions(jsonb) is
'apply_prediction for a JSON array of up to 1000 items: {attempt, prediction, source, webhook_id}, named as its arguments.
Returns one row per item: nth (from 1), and outcome, or error (code, message, detail, hint) where it would have raised one. An
item that fails changes nothing and spoils no other. Raises PT400 when it is not such an array.';
grant execute on function basepool.apply_predictions(jsonb) to basepool_glue;

create function basepool.cancel_for_user(p_id uuid)
returns text
language plpgsql volatile security definer set search_path = '';
comment on function basepool.cancel_for_user(uuid) is
'Cancels any generation. Returns cancelled or already cancelled. Raises PT404 and PT409.';
grant execute on function basepool.cancel_for_user(uuid) to basepool_glue;

create function basepool.cancel_generations(
  p_user uuid default null::uuid,
  p_model text default null::text,
  p_all boolean default false,
  p_dry_run boolean default true,
  p_cursor jsonb default null::jsonb,
  p_max integer default 500
)
returns jsonb
language plpgsql volatile security definer set search_path = '';
comment on function basepool.cancel_generations(uuid,text,boolean,boolean,jsonb,integer) is
'Cancels many: those of p_user, of p_model (and its versions), of both, or p_all. p_dry_run: only counts, {waiting, sent
(Replicate has them, or will), users, models: [{model, waiting, sent, users}] (the 20 with most), cursor}. Then call it with
p_cursor from there, and again with the cursor of each answer until that is null: each call is one step of up to p_max (1000) and
returns {cancelled, sent, busy (somebody held them), failed (TP024), error (the first), cursor}. What came in after the dry run
stays, and what the app runs itself. Raises PT400.';
grant execute on function basepool.cancel_generations(uuid,text,boolean,boolean,jsonb,integer) to basepool_glue;

create function basepool.cancel_own_generation(p_id uuid)
returns text
language plpgsql volatile security definer set search_path = '';
comment on function basepool.cancel_own_generation(uuid) is
'What public.cancel_generation says and does, outside the schema that the API shows. Definer: a user may change no status; the
function lets only the owner and the service role through. For it alone, and so for authenticated and
service_role.';
grant execute on function basepool.cancel_own_generation(uuid) to authenticated, service_role;

create function basepool.change_setting(p_name text, p_value text default null::text)
returns table (name text, was text, value text)
language plpgsql volatile security definer set search_path = '';
comment on function basepool.change_setting(text,text) is
'Changes one setting. p_value: the new one as text (20 minutes, 7, true), null for the default. Returns its name, what it was and
what it is now. Raises TP009 (no such setting, or a value that it can''t have), TP019 (settled_hook, alert_url, heartbeat_url: the owner''s)
and TP040 (enforce_user_rights while somebody holds the tables). For the owner use basepool.configure.';
grant execute on function basepool.change_setting(text,text) to basepool_glue;

create function basepool.claim_alert_messages(p_max integer default 10)
returns table (lease uuid, url text, body jsonb)
language plpgsql volatile security definer set search_path = '';
comment on function basepool.claim_alert_messages(integer) is
'Up to p_max messages that are to be sent now, each for the caller alone for 45 seconds: lease, url (a secret), body. None
where pg_net
sends them. For the glue, which calls record_alert_message for each.';
grant execute on function basepool.claim_alert_messages(integer) to basepool_glue;

create function basepool.claim_app_checks(p_max integer)
returns table (generation_id uuid, prediction_id text, account_id bigint, token text)
language plpgsql volatile security definer set search_path = '';
comment on function basepool.claim_app_checks(integer) is
'Up to p_max stuck generations that the app runs itself, each with a prediction and a token of an account that may have it. Ask
Replicate for each and pass what it says to record_app_check.';
grant execute on function basepool.claim_app_checks(integer) to basepool_glue;

create function basepool.claim_cancellations(p_max integer)
returns table (attempt_id uuid, prediction_id text, token text)
language plpgsql volatile security definer set search_path = '';
comment on function basepool.claim_cancellations(integer) is
'Up to p_max predictions to cancel at Replicate, each with a token of its own account (null
where none can be used); they are the caller''s for
settings.lease_time. Report each with record_cancellation.';
grant execute on function basepool.claim_cancellations(integer) to basepool_glue;

create function basepool.claim_checks(p_max integer)
returns table (attempt_id uuid, prediction_id text, token text)
language plpgsql volatile security definer set search_path = '';
comment on function basepool.claim_checks(integer) is
'Up to p_max running predictions that have been silent for too long, each with a token of its own account (null
where none can be used). Ask Replicate for
each and pass the answer to apply_prediction, or report record_check_failed.';
grant execute on function basepool.claim_checks(integer) to basepool_glue;

create function basepool.claim_deleted_files(p_max integer)
returns table (generation_id uuid, nth integer, key text, thumb_key text)
language plpgsql volatile security definer set search_path = '' set plan_cache_mode = 'force_generic_plan' set enable_seqscan = 'off' set enable_sort = 'off' set enable_bitmapscan = 'off';
comment on function basepool.claim_deleted_files(integer) is
'Up to p_max files (at most 1000) to delete from the store, under key and, where it is not null, thumb_key; the caller''s for
settings.lease_time. Report each with record_deleted_files. Raises PT400.';
grant execute on function basepool.claim_deleted_files(integer) to basepool_glue;

create function basepool.claim_generations(p_worker text, p_max integer)
returns table (
  answer text,
  busy_until timestamp with time zone,
  reason text,
  attempt_id uuid,
  generation_id uuid,
  attempt_no integer,
  token_id integer,
  account_id bigint,
  token text,
  route text,
  target text,
  input text,
  cancel_after_seconds integer,
  submit_timeout_seconds integer,
  send_within_seconds double precision
)
language plpgsql volatile security definer set search_path = '' set plan_cache_mode = 'force_generic_plan' set enable_seqscan = 'off' set enable_sort = 'off' set enable_bitmapscan = 'off' set enable_hashjoin = 'off' set enable_mergejoin = 'off' set jit = 'off';
comment on function basepool.claim_generations(text,integer) is
'Takes up to p_max (1 to 1000) of the generations that wait, pairs each with a token and leases it a seat. p_worker: who
claims. Returns one row per lease (answer lease): what to send (route: one of _parse_model''s, or latest: the latest version of
target is to be asked for; target, input: the text to be sent, Cancel-After in seconds), with which token, within how many
seconds it must be over, and within how many it must be sent, or else be given back (record_rejected with unsent:). input is
null where it was changed after the door into something that can''t be sent, and token where its secret can''t be used; reason
says why: report it (record_rejected with unsendable:, or unusable:). When nothing can be claimed, exactly one row: empty
(nothing waits; busy_until: when the next retry is due), busy (limits, cooldown, a pause or a breaker; busy_until: the earliest time
that may change, null when only the end of a prediction, or a person, can) or dead (reason: why no token is usable; busy_until: when
the next suspended one is probed). No row: what waited was cancelled at that moment; claim again. Raises PT400.';
grant execute on function basepool.claim_generations(text,integer) to basepool_glue;

create function basepool.claim_output_files(p_worker text, p_max integer)
returns table (
  generation_id uuid,
  nth integer,
  user_id uuid,
  source_url text,
  deadline timestamp with time zone,
  tries integer,
  lease uuid,
  max_bytes bigint,
  key_hint text
)
language plpgsql volatile security definer set search_path = '' set plan_cache_mode = 'force_generic_plan' set enable_seqscan = 'off' set enable_sort = 'off' set enable_bitmapscan = 'off' set jit = 'off';
comment on function basepool.claim_output_files(text,integer) is
'Up to p_max files (at most 100) that are to be copied into the store, nearest deadline first, also those whose worker fell silent;
they are p_worker''s for settings.lease_time, longer with renew_output_files. source_url: where to get it, or the data: URL itself
(of these no more than 8 MB a call, or one); tries: which try this is, from 1; lease: what its result is recorded with
(record_output_files); max_bytes: a larger file is too_large, null: none is; key_hint: its key in the store but for the extension.
Gives up what could not be copied in an hour and settings.output_margin more, if it was tried twice (expired). Raises PT400.';
grant execute on function basepool.claim_output_files(text,integer) to basepool_glue;

create function basepool.claim_probes(p_max integer)
returns table (token_id integer, token text)
language plpgsql volatile security definer set search_path = '';
comment on function basepool.claim_probes(integer) is
'Up to p_max tokens to ask about: suspended ones that are due again, and one of each account that cools down for want of
credit, once a minute. Ask GET /v1/account with each and report record_probe. What is suspended because its secret can''t be used stays so, without
a question, until it can.';
grant execute on function basepool.claim_probes(integer) to basepool_glue;

create function basepool.claim_searches(p_worker text, p_max integer)
returns table (
  search_id bigint,
  account_id bigint,
  token text,
  created_after timestamp with time zone,
  created_before timestamp with time zone,
  attempts integer
)
language plpgsql volatile security definer set search_path = '';
comment on function basepool.claim_searches(text,integer) is
'Begins up to p_max searches, one per account: with which token its list of predictions is read (null
where none can be used), and between which times of
creation. p_worker lists them, passes each page to match_predictions, applies what that returns (apply_prediction, source
search) and reports conclude_search, within settings.lease_time from page to page. Raises PT400.';
grant execute on function basepool.claim_searches(text,integer) to basepool_glue;

create function basepool.conclude_search(p_search bigint, p_is_complete boolean, p_error text default null::text)
returns setof uuid
language plpgsql volatile security definer set search_path = '';
comment on function basepool.conclude_search(bigint,boolean,text) is
'Ends a search. p_is_complete: whether every page was seen; p_error: why not. Returns the attempts that Replicate provably never
had, or whose deadline has passed: report record_not_found for each. What was neither found nor proved absent is searched for
again, at growing intervals. A search that has ended already proves nothing and returns none.';
grant execute on function basepool.conclude_search(bigint,boolean,text) to basepool_glue;

create function basepool.configure(p_changes jsonb default '{}'::jsonb)
returns table (name text, value text, was text, default_value text, unit text, allowed text, means text)
language plpgsql volatile set search_path = '';
comment on function basepool.configure(jsonb) is
'Changes settings and returns those, with what each was before; {} changes nothing and returns all. p_changes: {"setting": value},
for example {"stuck_after": "20 minutes"}. Columns as basepool.list_settings has them. Raises TP009 (no such setting, or a value
that it can''t have) and
TP040 (enforce_user_rights while somebody holds the tables). For the owner.';

create function basepool.cut_over(p_pattern text, p_percent numeric)
returns jsonb
language plpgsql volatile security definer set search_path = '';
comment on function basepool.cut_over(text,numeric) is
'Has basepool run what is inserted plainly of the models p_pattern (owner/name, with * or % for any characters) by p_percent percent
of the users (0 to 100, two digits; null: nothing is said of the pattern any more, so that a less specific one counts). Returns
{pattern, percent, was}. Counts from the next insert; what waits goes back to the app with give_back. Raises PT400, PT404. For the
owner and the glue.';
grant execute on function basepool.cut_over(text,numeric) to basepool_glue;

create function basepool.diagnose()
returns table (name text, severity text, says text, remedy text, fix text)
language plpgsql volatile security definer set search_path = '' set lock_timeout = '1s';
comment on function basepool.diagnose() is
'All that can be checked from inside the database, one row each: name of the check; severity: ok, warning or problem; says: what is;
remedy: what to do (null where all is well); fix: a statement of SQL that does it, without a semicolon, for the owner to look at and
run (null where there is none; a comment where it is no more than a hint). What _list_findings says is in it, so that no other place
need be asked. Changes nothing. For basepool doctor.';
grant execute on function basepool.diagnose() to basepool_glue;

create function basepool.disable_token(p_token_id integer)
returns text
language plpgsql volatile security definer set search_path = '';
comment on function basepool.disable_token(integer) is
'Takes a token out of the round; what it has in flight goes on. Returns what happened, in words. Raises TP005.';
grant execute on function basepool.disable_token(integer) to basepool_glue;

create function basepool.enable_token(p_token_id integer)
returns text
language plpgsql volatile security definer set search_path = '';
comment on function basepool.enable_token(integer) is
'Enables a token, ending a suspension too, and the cooldown of its account, with what Replicate had announced with it. Returns what
happened, in words. Raises TP005.';
grant execute on function basepool.enable_token(integer) to basepool_glue;

create function basepool.expire_leases(p_max integer default 500)
returns integer
language plpgsql volatile security definer set search_path = '';
comment on function basepool.expire_leases(integer) is
'Marks up to p_max calls that nobody answered for within settings.lease_time as unknown, to be searched for. Returns how many.
Part of the job cleanup.';
grant execute on function basepool.expire_leases(integer) to basepool_glue;

create function basepool.explain_own_generation(p_id uuid)
returns jsonb
language plpgsql volatile security definer set search_path = '';
comment on function basepool.explain_own_generation(uuid) is
'What public.explain_generation says and does, outside the schema that the API shows. Definer: a user has no rights on the queue
and the pool; only its user, the service role and who owns basepool are let through. For it alone, and so for authenticated and
service_role.';
grant execute on function basepool.explain_own_generation(uuid) to authenticated, service_role;

create function basepool.find_token(p_text text)
returns table (secret text, token_id integer, account text, tokens_of_account integer)
language sql stable security definer set search_path = '';
comment on function basepool.find_token(text) is
'What somebody gave as a token. Always one row: secret, as it can be sent (null: this can''t be a token), and the token''s id,
account and how many tokens that account has where it is in the pool already.';
grant execute on function basepool.find_token(text) to basepool_glue;

create function basepool.find_unknown_keys(p_keys text[])
returns setof text
language sql stable security definer set search_path = '';
comment on function basepool.find_unknown_keys(text[]) is
'Those of p_keys, as the store lists them, that belong to no file here: neither kept, nor under way, nor about to be deleted.';
grant execute on function basepool.find_unknown_keys(text[]) to basepool_glue;

create function basepool.get_alert_message(p_id bigint)
returns jsonb
language plpgsql volatile security definer set search_path = '';
comment on function basepool.get_alert_message(bigint) is
'What became of message p_id: {id, kind, tries, sent_at (null: not yet), error (of the last try)}; null where there is none.';
grant execute on function basepool.get_alert_message(bigint) to basepool_glue;

create function basepool.get_generation(p_id uuid)
returns jsonb
language plpgsql volatile security definer set search_path = '';
comment on function basepool.get_generation(uuid) is
'One generation as JSON: status, times, error, what of Replicate''s document could not be stored (replaced), why (as
public.explain_generation), its attempts with rule and decision, and what became of its files (output_files). Raises PT404.';
grant execute on function basepool.get_generation(uuid) to basepool_glue;

create function basepool.get_metrics()
returns table (name text, kind text, help text, labels jsonb, value double precision)
language plpgsql volatile security definer set search_path = '' set lock_timeout = '400ms';
comment on function basepool.get_metrics() is
'The series of a Prometheus exposition, one row each: name of the sample, kind (gauge, counter, histogram) and help of its family,
labels, value. At most 2000 with 100 tokens; no label names a user, a generation, a prediction, a worker or a URL. Counters are as the
last count of attempts left them, some 15 seconds ago while a worker lives, and never fall. For GET /metrics and the view
basepool.metrics.';
grant execute on function basepool.get_metrics() to basepool_glue, basepool_metrics;

create function basepool.get_output_secret()
returns text
language plpgsql volatile security definer set search_path = '';
comment on function basepool.get_output_secret() is
'The secret that links to private files are signed with (public.get_output_urls), made when it is needed first, and anew where Vault
can''t give it any more: links are asked for again then.';
grant execute on function basepool.get_output_secret() to basepool_glue;

create function basepool.get_own_changes(p_since timestamp with time zone, p_max integer)
returns table (id uuid, status text, changed_at timestamp with time zone, next_since timestamp with time zone)
language plpgsql stable security definer set search_path = '';
comment on function basepool.get_own_changes(timestamp with time zone,integer) is
'What public.get_generation_changes says and does, outside the schema that the API shows. Definer: whether one waits or runs stands
in tables that users may not read; the function looks at rows of auth.uid() only. For it alone, and
so for authenticated.';
grant execute on function basepool.get_own_changes(timestamp with time zone,integer) to authenticated;

create function basepool.get_own_output_urls(p_generation uuid, p_seconds integer)
returns table (
  nth integer,
  url text,
  thumb_url text,
  content_type text,
  size bigint,
  width integer,
  height integer,
  seconds numeric
)
language plpgsql volatile security definer set search_path = '';
comment on function basepool.get_own_output_urls(uuid,integer) is
'What public.get_output_urls says and does, outside the schema that the API shows. Definer: a user has no rights on output_files;
only the owner and the service role are let through. For it alone, and so for authenticated and
service_role.';
grant execute on function basepool.get_own_output_urls(uuid,integer) to authenticated, service_role;

create function basepool.get_status()
returns jsonb
language plpgsql volatile security definer set search_path = '' set lock_timeout = '400ms';
comment on function basepool.get_status() is
'Generations, queue, pauses, attempts in flight, the last hour, tokens, webhooks refused in it (at most 1000 are counted), per
account what its last search could not read, outputs (waiting, storing, stored_last_hour, failed_last_day, at most 10000 of each are
counted; oldest_deadline), last job runs, workers, alerts (the open alarms) and findings (what is wrong, one line each), as JSON. A part whose tables are
locked is null and named in unread; blockers: who holds what (pid, application, role, state, since, holds, waiting).';
grant execute on function basepool.get_status() to basepool_glue;

create function basepool.get_token_secrets(p_unchecked_only boolean default true)
returns table (token_id integer, token text, problem text)
language plpgsql volatile security definer set search_path = '';
comment on function basepool.get_token_secrets(boolean) is
'Ids and secrets of the tokens; p_unchecked_only: only those whose account or webhook secret is not known. Report each with
record_account. Where a secret can''t be used, token is null, problem says why, and the token is suspended.';
grant execute on function basepool.get_token_secrets(boolean) to basepool_glue;

create function basepool.get_token_stats(p_window interval default '01:00:00'::interval)
returns table (
  token_id integer,
  account text,
  state text,
  reason text,
  back_at timestamp with time zone,
  in_flight integer,
  free integer,
  leases integer,
  succeeded integer,
  failed integer,
  canceled integer,
  rejected integer,
  open integer,
  success_rate numeric,
  predict_seconds numeric,
  errors jsonb,
  queue_p50 numeric,
  queue_p95 numeric,
  submit_p50 numeric,
  submit_p95 numeric,
  predict_p50 numeric,
  predict_p95 numeric
)
language plpgsql volatile security definer set search_path = '';
comment on function basepool.get_token_stats(interval) is
'Per token: its state now (in flight, free, reason, back_at) and the attempts leased within p_window: outcomes, success_rate of
those that ended, seconds charged, errors by rule, and percentiles in seconds. A window of more than two hours begins with a full
hour (UTC) and is read from the roll-up: its percentiles are off by a quarter at most. A removed token that was used is listed too, so
leases add up to the attempts.';
grant execute on function basepool.get_token_stats(interval) to basepool_glue;

create function basepool.get_webhook_secrets(p_attempt uuid)
returns setof text
language plpgsql stable security definer set search_path = '';
comment on function basepool.get_webhook_secrets(uuid) is
'The webhook secrets (whsec_…) of the attempt''s account: the current one, and the former one until its time is over. No row:
unknown attempt, or no secret known or to be read; refuse the webhook then.';
grant execute on function basepool.get_webhook_secrets(uuid) to basepool_glue;

create function basepool.give_back(p_pattern text, p_cursor uuid default null::uuid, p_max integer default 500)
returns jsonb
language plpgsql volatile security definer set search_path = '';
comment on function basepool.give_back(text,uuid,integer) is
'Gives what waits of the models p_pattern back to the app, those that were submitted by function included: queued_at is null again,
and the generation stays pending. What a more specific pattern of basepool.cutover is about stays. Each call looks at up to p_max
(1000) of what waits, from p_cursor on; call it again with the cursor of each answer until that is null. Returns {given_back, busy
(somebody held them), cursor}. What is in flight, or is tried again later, ends here. Set the percentage to 0 before (cut_over), or
more comes in. Raises PT400. For the owner and the glue.';
grant execute on function basepool.give_back(text,uuid,integer) to basepool_glue;

create function basepool.health()
returns jsonb
language sql stable security definer set search_path = '';
comment on function basepool.health() is
'Whether the database can do its work: ok, read_only, schema (as schema_version says), how many tokens are active, how many
seconds ago
watch ran last (null: never), and cron_is_silent: whether pg_cron has stopped running jobs.';
grant execute on function basepool.health() to basepool_glue, basepool_operator;

create function basepool.heartbeat(
  p_worker text,
  p_version text,
  p_schema_version integer,
  p_doing text,
  p_hands integer,
  p_hands_free integer,
  p_orders_webhooks boolean
)
returns jsonb
language plpgsql volatile security definer set search_path = '';
comment on function basepool.heartbeat(text,text,integer,text,integer,integer,boolean) is
'Every two seconds, from each worker. p_worker: its name; p_version, p_schema_version: of the glue; p_doing: what it does, or
null when it stops; p_hands: how many calls it makes at once; p_hands_free: how many of them are not under way, one at least where
one was free a moment ago; p_orders_webhooks: whether it has a PUBLIC_URL. Returns {schema: as schema_version says, findings:
{name: what is wrong}, has_alerts: whether there are messages about alarms that the glue has to send}.';
grant execute on function basepool.heartbeat(text,text,integer,text,integer,integer,boolean) to basepool_glue;

create function basepool.is_active(p_status text)
returns boolean
language sql immutable parallel safe;
comment on function basepool.is_active(text) is
'Whether a generation of this status waits or runs. Its body is parsed when it is made and so needs no search_path, whose
pinning would keep it from being inlined. Executable by those who call public.get_generation_counts, which asks it; the
schema stays closed.';
grant execute on function basepool.is_active(text) to authenticated, service_role;

create function basepool.keep_out_of_log()
returns text[]
language plpgsql volatile security definer set search_path = '';
comment on function basepool.keep_out_of_log() is
'Switches off, for the rest of the transaction, what would write a bound secret into the server''s log. For the glue, in the
transaction of a call that carries one and before it. Returns the settings that would still do so, because our owner may not
change them.';
grant execute on function basepool.keep_out_of_log() to basepool_glue;

create function basepool.keep_outputs(
  p_since interval default null::interval,
  p_generation uuid default null::uuid,
  p_max integer default 1000
)
returns integer
language plpgsql volatile security definer set search_path = '';
comment on function basepool.keep_outputs(interval,uuid,integer) is
'Has the files of completed generations wait for their copies that nobody has waited for: those completed within p_since, up to
p_max of them, the newest first, or p_generation. Only links of Replicate''s and data: URLs are copied, whoever has completed it;
what the app has copied itself stays as it is. Returns how many files; 0: there is nothing left to do. Raises PT400, PT404.';
grant execute on function basepool.keep_outputs(interval,uuid,integer) to basepool_glue;

create function basepool.limit_token(
  p_token_id integer,
  p_max_in_flight integer default null::integer,
  p_weight integer default null::integer,
  p_creates_per_minute integer default null::integer,
  p_burst integer default null::integer
)
returns table (
  token_id integer,
  max_in_flight integer,
  weight integer,
  account text,
  creates_per_minute integer,
  burst integer
)
language plpgsql volatile security definer set search_path = '';
comment on function basepool.limit_token(integer,integer,integer,integer,integer) is
'Changes limits; null leaves one as it is. p_max_in_flight and p_weight are the token''s; p_creates_per_minute and p_burst are
its account''s, and so of all its tokens. Returns what counts now. Raises TP005, PT400.';
grant execute on function basepool.limit_token(integer,integer,integer,integer,integer) to basepool_glue;

create function basepool.limit_user(
  p_user uuid,
  p_max_active integer default null::integer,
  p_is_default boolean default false
)
returns table (user_id uuid, max_active integer, was integer, is_default boolean)
language plpgsql volatile security definer set search_path = '';
comment on function basepool.limit_user(uuid,integer,boolean) is
'How many generations a user may have active at once. p_max_active: the new limit, 0 for none; p_is_default:
settings.user_active_limit counts again; neither: only shows it. Returns what counts now, what did before, and whether it is the
default. Counts from the next submit; what is active goes on. Raises PT400.';
grant execute on function basepool.limit_user(uuid,integer,boolean) to basepool_glue;

create function basepool.list_alerts(p_all boolean default false, p_max integer default 100)
returns table (
  id bigint,
  name text,
  severity text,
  says text,
  opened_at timestamp with time zone,
  last_seen_at timestamp with time zone,
  closed_at timestamp with time zone,
  sent_at timestamp with time zone,
  send_error text,
  tries integer
)
language sql stable security definer set search_path = '';
comment on function basepool.list_alerts(boolean,integer) is
'The alarms, newest first, up to p_max; p_all: those that are over, too. last_seen_at: when there was reason for it last;
sent_at: when
a message about it arrived last (null: none has); send_error: why the newest one did not; tries: how often sending was tried.';
grant execute on function basepool.list_alerts(boolean,integer) to basepool_glue;

create function basepool.list_audit(p_since interval default null::interval, p_max integer default 100)
returns table (
  id bigint,
  at timestamp with time zone,
  action text,
  target text,
  details jsonb,
  login text,
  role text,
  application text,
  actor text
)
language sql stable security definer set search_path = '';
comment on function basepool.list_audit(interval,integer) is
'The newest p_max rows (at most 10000) of basepool.audit, those of the last p_since, or all: when, which command, to what, with
what, and who: the role that had logged in, the one it acted as, what its client calls itself, and the operator it acted for (actor;
null: nobody else).';
grant execute on function basepool.list_audit(interval,integer) to basepool_glue;

create function basepool.list_budgets()
returns table (
  account text,
  seconds numeric,
  usd numeric,
  expected_seconds numeric,
  expected_usd numeric,
  budget_seconds numeric,
  budget_usd numeric,
  share numeric,
  until timestamp with time zone
)
language plpgsql volatile security definer set search_path = '';
comment on function basepool.list_budgets() is
'Per account, and of all together first (account all): seconds and usd spent since midnight UTC, what is expected of what is in
flight, the budgets (null: none), and share, how much is used of the one that is used most; until: the next midnight.';
grant execute on function basepool.list_budgets() to basepool_glue;

create function basepool.list_cutover()
returns table (
  kind text,
  pattern text,
  percent numeric,
  changed_at timestamp with time zone,
  ours bigint,
  ours_failed bigint,
  apps bigint,
  apps_failed bigint,
  waiting bigint,
  in_flight bigint
)
language sql stable security definer set search_path = '';
comment on function basepool.list_cutover() is
'Where the cut-over stands: a row for each of basepool.cutover (kind pattern), the most specific first, and one each for other
models (of Replicate''s, which no pattern matches), keyframes (of an app that was there before basepool, which chains them by
itself) and other providers. Of the last 24 hours: ours (what basepool runs), ours_failed, apps (what the app runs), apps_failed;
now: waiting and in_flight. At most the 100,000 newest are looked at, and as many of those that wait.';
grant execute on function basepool.list_cutover() to basepool_glue;

create function basepool.list_jobs()
returns table (name text, runs_in text, schedule text, does text, last_run timestamp with time zone, ok boolean)
language sql stable security definer set search_path = '';
comment on function basepool.list_jobs() is
'Every job: name, where it runs (database or glue), schedule (UTC; null for the glue''s), what it does, and of those of the database
when it ran last and whether that went well.';
grant execute on function basepool.list_jobs() to basepool_glue;

create function basepool.list_models()
returns setof jsonb
language sql stable security definer set search_path = '';
comment on function basepool.list_models() is
'The rows of basepool.models as JSON, timeout in seconds, with how many of each are in flight (in_flight).';
grant execute on function basepool.list_models() to basepool_glue;

create function basepool.list_output_files(
  p_state text default null::text,
  p_generation uuid default null::uuid,
  p_after_generation uuid default null::uuid,
  p_after_nth integer default null::integer,
  p_max integer default 1000
)
returns setof basepool.output_files
language sql stable security definer set search_path = '';
comment on function basepool.list_output_files(text,uuid,uuid,integer,integer) is
'Output files as basepool.output_files has them, by generation and nth, p_max at a time (at most 10000): those in p_state, of
p_generation, or all; the next page begins after p_after_generation and p_after_nth, the last ones seen.';
grant execute on function basepool.list_output_files(text,uuid,uuid,integer,integer) to basepool_glue;

create function basepool.list_refused_webhooks(p_since interval default '1 day'::interval)
returns table (
  account text,
  reason text,
  times integer,
  since timestamp with time zone,
  last timestamp with time zone,
  last_attempt uuid
)
language sql stable security definer set search_path = '';
comment on function basepool.list_refused_webhooks(interval) is
'The newest 1000 webhooks that were refused within p_since, by account and reason: how many, the first and the last of them, and the
attempt that the last one names. account is null where they name no attempt that there is.';
grant execute on function basepool.list_refused_webhooks(interval) to basepool_glue;

create function basepool.list_settings()
returns table (name text, value text, default_value text, unit text, allowed text, means text)
language sql stable security definer set search_path = '';
comment on function basepool.list_settings() is
'Every setting: name, value, default_value (null where there is none), unit (time, number, bytes, true or false, text), allowed:
what it may be, means. Times as they may be passed back: 30 minutes. Of a URL only the host is shown.';
grant execute on function basepool.list_settings() to basepool_glue;

create function basepool.list_tokens()
returns table (
  token_id integer,
  name text,
  masked text,
  account text,
  state text,
  reason text,
  back_at timestamp with time zone,
  in_flight integer,
  max_in_flight integer,
  request_count integer,
  error_count integer,
  last_used_at timestamp with time zone,
  last_error text
)
language sql volatile security definer set search_path = '';
comment on function basepool.list_tokens() is
'The pool, one row per token: masked (the first digits of its fingerprint), account, state (ready, full, limited, cooling,
probing, breaker, paused, suspended, draining, disabled), reason (also what is wrong with a secret), back_at (when it comes back by itself), leases in flight and counters.';
grant execute on function basepool.list_tokens() to basepool_glue;

create function basepool.list_workers()
returns table (
  name text,
  version text,
  schema_version integer,
  since timestamp with time zone,
  heard_at timestamp with time zone,
  is_silent boolean,
  doing text,
  hands integer,
  hands_free integer,
  busy_since timestamp with time zone
)
language sql stable security definer set search_path = '';
comment on function basepool.list_workers() is
'The workers, one row each: release, since when it works, its last heartbeat, is_silent (it should have been heard of since),
what it does, its hands and how many are free, and since when none is.';
grant execute on function basepool.list_workers() to basepool_glue;

create function basepool.match_predictions(p_search bigint, p_predictions jsonb, p_begins_page boolean default true)
returns table (attempt_id uuid, prediction_id text)
language plpgsql volatile security definer set search_path = '';
comment on function basepool.match_predictions(bigint,jsonb,boolean) is
'Finds on a page of an account''s list, or on a part of one (p_predictions: its results; p_begins_page: false for what follows the
first part), what belongs to the attempts of a search, and prolongs its lease. A prediction that was not read whole
(basepool_replaced in it) is counted as skipped, and what is missing of it proves nothing. Returns which prediction is to be
applied to which attempt, nothing for a search that has ended; notes what may be one. Raises PT400.';
grant execute on function basepool.match_predictions(bigint,jsonb,boolean) to basepool_glue;

create function basepool.now()
returns timestamp with time zone
language sql volatile;
comment on function basepool.now() is
'The current time, or basepool.frozen_now where a test has set it. Returns timestamptz. Inlined.';
grant execute on function basepool.now() to basepool_glue;

create function basepool.owns(p_generation uuid)
returns boolean
language sql stable set search_path = '';
comment on function basepool.owns(uuid) is
'Whether basepool runs a generation, or ran it; then nobody else may. False for the app''s own, for those that were given back, and
for what the caller can''t see: row level security decides that. The same as generations.queued_at, which is what an app reads through
PostgREST. For service_role, and for what the owner lets users call: they have no usage of the schema.';
grant execute on function basepool.owns(uuid) to authenticated, service_role;

create function basepool.page_audit(p_cursor text default null::text, p_limit integer default 50)
returns jsonb
language plpgsql stable security definer set search_path = '' set lock_timeout = '400ms' set enable_seqscan = 'off' set enable_sort = 'off' set enable_bitmapscan = 'off' set jit = 'off';
comment on function basepool.page_audit(text,integer) is
'basepool.audit, newest first: {rows, next}. A row: id, at, actor (the operator, null: login is who), login, role, application,
action, target, details. p_limit: 1 to 100; p_cursor: next of the page before. Raises PT400.';
grant execute on function basepool.page_audit(text,integer) to basepool_glue, basepool_operator;

create function basepool.page_decision(p_id bigint)
returns jsonb
language plpgsql stable security definer set search_path = '' set enable_seqscan = 'off' set jit = 'off';
comment on function basepool.page_decision(bigint) is
'One claim of basepool.decisions: {id, at, worker, asked, given, answer, reason, busy_until, tokens: [{token_id, name, state (as
_token_state says), free (how many of those asked for it could have taken), turn (in rounds, null: none of its seats was free),
back_at, chosen (how many it got), reason}], in the order of their turns, given_to: [{generation_id, user_id, model (null where
the generation is gone), token_id, turn}], in the order of the queue}. Raises PT404.';
grant execute on function basepool.page_decision(bigint) to basepool_glue, basepool_operator;

create function basepool.page_decisions(p_cursor text default null::text, p_limit integer default 50)
returns jsonb
language plpgsql stable security definer set search_path = '' set enable_seqscan = 'off' set enable_sort = 'off' set jit = 'off';
comment on function basepool.page_decisions(text,integer) is
'The claims of basepool.decisions, newest first: {rows: [{id, at, worker, asked, given (how many leases), answer (lease, busy,
dead), says (how many each token got, or why there was none)}], next}. p_limit: 1 to 100; p_cursor: next of the page before.
Raises PT400.';
grant execute on function basepool.page_decisions(text,integer) to basepool_glue, basepool_operator;

create function basepool.page_find(p_text text)
returns jsonb
language plpgsql stable security definer set search_path = '' set lock_timeout = '400ms' set enable_seqscan = 'off' set enable_bitmapscan = 'off' set enable_hashjoin = 'off' set enable_mergejoin = 'off' set jit = 'off';
comment on function basepool.page_find(text) is
'What p_text names, for the search box of the operator''s page: {generations: their ids, user_id: it, where it is a user''s or null,
complete}. p_text: the id of a generation, of an attempt, or of a user; a prediction id; an idempotency key, after its user''s id
and a blank, or alone: then it is looked for among the newest 500 that are not over, that ended, and that failed or were cancelled,
and complete is false where nothing was found. Raises PT400 for more than 300 characters.';
grant execute on function basepool.page_find(text) to basepool_glue, basepool_operator;

create function basepool.page_generation(p_id uuid)
returns jsonb
language plpgsql stable security definer set search_path = '' set lock_timeout = '400ms' set enable_seqscan = 'off' set enable_bitmapscan = 'off' set enable_hashjoin = 'off' set enable_mergejoin = 'off' set jit = 'off';
comment on function basepool.page_generation(uuid) is
'One generation as the operator''s page shows it: {at, generation, why, timeline, attempts, webhooks, files, retried_as,
retried_from}. why: as public.explain_generation, with says (one line) and earliest_at. timeline: all that happened, in order: at,
kind, says, and where they apply attempt_no, token_id, rule, decision. attempts: the last 100, with rule and decision. webhooks:
_webhooks_of. files: nth, kind (its content type), state, url and thumb_url (without their queries), size, width, height, error and
more; of one whose files are not kept: the links. No prompt, no input, no output text: page_input. Raises PT404.';
grant execute on function basepool.page_generation(uuid) to basepool_glue, basepool_operator;

create function basepool.page_generations(
  p_filter jsonb default '{}'::jsonb,
  p_cursor text default null::text,
  p_limit integer default 50
)
returns jsonb
language plpgsql stable security definer set search_path = '' set lock_timeout = '400ms' set enable_seqscan = 'off' set enable_bitmapscan = 'off' set enable_hashjoin = 'off' set enable_mergejoin = 'off' set jit = 'off';
comment on function basepool.page_generations(jsonb,text,integer) is
'Generations as the operator''s page lists them: {rows, next, complete, tabs}. p_filter: tab (waiting, in_flight, failed, cancelled,
completed, attempts: all that ended, generation by generation where a user is named), and any of user_id, model (with all its
versions), token_id, rule, worker (of the last attempt), since and until (ISO times: when it was created, leased where it is in
flight, ended where attempts or completed are listed). Waiting ones are listed oldest first, all others newest first. p_limit: rows
of a page, 1 to 100. p_cursor: next of the page before. A row: id, status, model, user_id, created_at, queued_at, started_at,
ended_at, attempt_no, attempt_id, token_id, worker, rule, error, state (of the attempt; of what waits: waiting, retry, paused,
model), run_after. complete is false where 2,000 rows (1,000 where attempts have to be looked at) were looked at and the filter let
too few through: next goes on behind them, null: that was all. tabs: _count_tabs. Completed ones are found by their attempts, as long
as those are kept. Raises PT400.';
grant execute on function basepool.page_generations(jsonb,text,integer) to basepool_glue, basepool_operator;

create function basepool.page_input(p_id uuid, p_actor text default null::text)
returns jsonb
language plpgsql volatile security definer set search_path = '' set lock_timeout = '400ms';
comment on function basepool.page_input(uuid,text) is
'What was asked for and answered, as JSON: {id, prompt, input, is_cut, input_image_url, input_video_url, output_text}. Of each at
most 20,000 characters: input is a text where it is longer. Links are shown without their queries, files (data: URLs) without what
is in them, and what looks like a secret is hidden. Leaves a row in basepool.audit (show input); p_actor: the operator who looks, null:
the login says who. Raises PT404.';
grant execute on function basepool.page_input(uuid,text) to basepool_glue, basepool_operator;

create function basepool.page_jobs()
returns jsonb
language sql stable security definer set search_path = '' set lock_timeout = '400ms' set enable_seqscan = 'off' set enable_bitmapscan = 'off' set jit = 'off';
comment on function basepool.page_jobs() is
'{at, jobs}: every job with its last ten runs, see _jobs_shown.';
grant execute on function basepool.page_jobs() to basepool_glue, basepool_operator;

create function basepool.page_money(p_by text default 'model'::text, p_days integer default 7)
returns jsonb
language plpgsql stable security definer set search_path = '' set lock_timeout = '400ms' set enable_seqscan = 'off' set enable_bitmapscan = 'off' set jit = 'off';
comment on function basepool.page_money(text,integer) is
'Who used what, as the operator''s page shows it: {at, by, since, complete, has_prices, rows, days, hours, budgets}. p_by: model,
user, token or account; p_days: today (UTC) and so many less one before, 1 to 31. rows: the 100 that used most since then: key,
label, count, seconds, usd (null where no price is set). complete is false where a time has so many users or accounts that only its
newest 10,000 or 24,000 sums were looked at; since says from when. days and hours (the last 48): of all accounts together. budgets:
as list_budgets. As new as the last roll-up. Raises PT400.';
grant execute on function basepool.page_money(text,integer) to basepool_glue, basepool_operator;

create function basepool.page_overview()
returns jsonb
language plpgsql stable security definer set search_path = '' set lock_timeout = '400ms' set enable_seqscan = 'off' set enable_bitmapscan = 'off' set jit = 'off';
comment on function basepool.page_overview() is
'What the operator''s first screen shows, as JSON: at, alerts (open ones: name, severity, says, opened_at), waiting and delayed
({count, capped}), oldest_at (since when the oldest waits of the 1,000 that are next, and of as many that wait for a time),
in_flight (submitting, running, unknown), last_hour (completed, failed, cancelled: {count, capped}), tokens, minutes (the last 60: leased,
succeeded, failed, wait_p50 and wait_p95 in seconds), jobs (as page_jobs, without runs), pauses, workers, and stamp: it changes when
anything does that is shown, but for at and heard_at.';
grant execute on function basepool.page_overview() to basepool_glue, basepool_operator;

create function basepool.page_pool()
returns jsonb
language plpgsql stable security definer set search_path = '' set lock_timeout = '400ms' set jit = 'off';
comment on function basepool.page_pool() is
'The pool as the operator''s page shows it: {at, accounts, leases}. An account: account_id, username, credit, creates_per_minute (as
it is now), permits_left of permits_most (creates that it may make at this moment), cooldown_until, cooldown_reason, is_paused,
paused_until, pause_reason, in_flight, tokens. A token: token_id, name, is_active, state, reason, back_at, in_flight, free,
max_in_flight, seats (seat_id, state: free, submitting, running, unknown; generation_id, model, since; of a large pool not all of
those that are free), requests, errors, last_error, last_used_at. leases: _last_leases.';
grant execute on function basepool.page_pool() to basepool_glue, basepool_operator;

create function basepool.page_settings()
returns jsonb
language sql stable security definer set search_path = '' set lock_timeout = '400ms';
comment on function basepool.page_settings() is
'{settings}: each with name, value, default (null where there is none), is_default, says (what it means), allowed (what it may be)
and unit, as list_settings has them; of a URL only the host is shown.';
grant execute on function basepool.page_settings() to basepool_glue, basepool_operator;

create function basepool.page_what_if(p_changes jsonb)
returns jsonb
language plpgsql volatile security definer set search_path = '';
comment on function basepool.page_what_if(jsonb) is
'When what waits will have been leased, as things are and as they would be. Changes nothing. p_changes: {"tokens": {"4":
{"is_active": true, "max_in_flight": 20}}, "creates_per_minute": {"2": 600} (by the account''s id), "hands": 50 (of all
workers)}, some of it or {}; is_active true ends a suspension and its account''s cooldown, as enable_token does. Returns {at,
waiting: {count, capped: there are more than 10,000}, seconds_each (how long one keeps a seat, null: nothing is known of the
models that wait), seconds_known (of which share of what waits that was learned), now: {per_minute, drained_at, done_at,
bound_by, seats, hands}, then: the same}; how that is worked out stands with _forecast. Within a tenth, or one duration, where
all takes about as long. Raises PT400, PT404 (no such account), TP005 (no such token). Definer: the rules are in tables that
nobody else reads.';
grant execute on function basepool.page_what_if(jsonb) to basepool_glue, basepool_operator;

create function basepool.pause(
  p_kind text,
  p_name text default null::text,
  p_until timestamp with time zone default null::timestamp with time zone,
  p_reason text default null::text,
  p_by text default null::text
)
returns text
language plpgsql volatile security definer set search_path = '';
comment on function basepool.pause(text,text,timestamp with time zone,text,text) is
'From now on nothing new of it begins; what is in flight ends, what is submitted waits, and fails when it is stuck as ever. p_kind:
pool, account, model or user; p_name: none for the pool; the account''s name or id; owner/name, whatever version; the user''s id.
p_until: when it ends by itself, null: with basepool.resume; p_reason: shown with it; p_by: who wants it so, null: what the
connection calls itself. Said again, it replaces until, reason and by. Returns what happened, in words. Raises PT400, PT404.';
grant execute on function basepool.pause(text,text,timestamp with time zone,text,text) to basepool_glue;

create function basepool.preview_cutover(p_pattern text, p_percent numeric)
returns jsonb
language plpgsql stable security definer set search_path = '';
comment on function basepool.preview_cutover(text,numeric) is
'What cut_over with these arguments (null: as it is) would have meant for the last 24 hours: {pattern, percent, generations, users
(that basepool would have run), of_generations, of_users (of those for which the pattern counts), waiting (what give_back would give
back now)}. At most the 100,000 newest are looked at, and as many of those that wait. Changes nothing. Raises PT400.';
grant execute on function basepool.preview_cutover(text,numeric) to basepool_glue;

create function basepool.record_account(p_token_id integer, p_username text, p_kind text, p_webhook_secret text)
returns table (token_id integer, account_id bigint, account text, is_new_account boolean, tokens_of_account integer)
language plpgsql volatile security definer set search_path = '';
comment on function basepool.record_account(integer,text,text,text) is
'Records whose token it is. p_username, p_kind: as GET /v1/account says; p_webhook_secret: whsec_…, the former one stays valid
beside it for settings.former_secret_valid_for. Returns as basepool.add_token. Raises TP005.';
grant execute on function basepool.record_account(integer,text,text,text) to basepool_glue;

create function basepool.record_alert_message(p_lease uuid, p_http_status integer, p_error text default null::text)
returns text
language plpgsql volatile security definer set search_path = '';
comment on function basepool.record_alert_message(uuid,integer,text) is
'What became of a message that claim_alert_messages gave out under p_lease: p_http_status, or p_error where there was no answer.
Returns sent, again (it will be sent again), given up, or late (the lease had ended).';
grant execute on function basepool.record_alert_message(uuid,integer,text) to basepool_glue;

create function basepool.record_answers(p_items jsonb)
returns table (nth integer, outcome text, rule text, retry_at timestamp with time zone, error jsonb)
language plpgsql volatile security definer set search_path = '';
comment on function basepool.record_answers(jsonb) is
'record_submitted and record_rejected for a JSON array of up to 1000 items: {attempt, prediction, has_webhook} where Replicate
accepted the create, {attempt, source, status, body} where not; named as their arguments. Returns one row per item: nth (from
1), outcome (recorded, unchanged, stale; or the decision retry, fail, find_out, cancelled, with rule and retry_at), or error (code,
message, detail, hint) where they would have raised one. An item that fails changes nothing and spoils no other. Raises PT400
when it is not such an array.';
grant execute on function basepool.record_answers(jsonb) to basepool_glue;

create function basepool.record_app_check(
  p_generation uuid,
  p_account bigint,
  p_http_status integer default null::integer,
  p_prediction jsonb default null::jsonb,
  p_error text default null::text
)
returns text
language plpgsql volatile security definer set search_path = '';
comment on function basepool.record_app_check(uuid,bigint,integer,jsonb,text) is
'What came of asking the account p_account for the prediction of a generation that the app runs. p_prediction: as Replicate has it,
or p_http_status and p_error of another answer, both null where there was none. A prediction that has ended ends the generation, with
its output or its error; one that no account has fails it with settings.stuck_message. Returns completed, failed, running, not there
(the next account is asked), no answer, or unchanged (the app was faster). Raises TP024.';
grant execute on function basepool.record_app_check(uuid,bigint,integer,jsonb,text) to basepool_glue;

create function basepool.record_cancellation(p_attempt uuid, p_http_status integer, p_error text default null::text)
returns void
language plpgsql volatile security definer set search_path = '';
comment on function basepool.record_cancellation(uuid,integer,text) is
'Records the answer to a cancel. p_http_status: 404 and 410 mean that there is nothing left, 200 and 202 that Replicate has taken
it: it is done when the prediction has ended (apply_prediction), and asked for again at pauses of 5 seconds to a minute until
then; so is anything else and null, in a minute. p_error: what went wrong. Raises TP001.';
grant execute on function basepool.record_cancellation(uuid,integer,text) to basepool_glue;

create function basepool.record_check_failed(p_attempt uuid, p_http_status integer, p_error text)
returns void
language plpgsql volatile security definer set search_path = '';
comment on function basepool.record_check_failed(uuid,integer,text) is
'Records that asking for a prediction failed; it is asked for again, at growing intervals. p_http_status: or null when there
was no answer. Raises TP001.';
grant execute on function basepool.record_check_failed(uuid,integer,text) to basepool_glue;

create function basepool.record_command(p_action text, p_target text default null::text)
returns void
language sql volatile security definer set search_path = '';
comment on function basepool.record_command(text,text) is
'Leaves a row in basepool.audit of a command that no function of the database carries out: p_action: run-job of a job of the glue,
tokens check; p_target: to what.';
grant execute on function basepool.record_command(text,text) to basepool_glue;

create function basepool.record_deleted_files(p_results jsonb)
returns table (generation_id uuid, nth integer, outcome text)
language plpgsql volatile security definer set search_path = '' set plan_cache_mode = 'force_generic_plan' set enable_seqscan = 'off' set enable_bitmapscan = 'off';
comment on function basepool.record_deleted_files(jsonb) is
'Records what became of deletions. p_results: an array of up to 1000 of {"generation_id", "nth", "ok": whether it is gone from the
store, "error"}. Returns for each, in their order: deleted (the row is gone, too), waiting (it is tried again, at pauses that double
from ten seconds up to an hour), lost (somebody else was there before). Raises PT400.';
grant execute on function basepool.record_deleted_files(jsonb) to basepool_glue;

create function basepool.record_not_found(p_attempt uuid, p_search bigint)
returns text
language plpgsql volatile security definer set search_path = '';
comment on function basepool.record_not_found(uuid,bigint) is
'Ends an attempt that conclude_search returned for p_search: the generation is tried again or fails, as the error rules of
source search say; a cancelled one has nothing left to cancel. Returns the decision, wait (not proved) or nothing to cancel.
Raises TP001, TP023 (found out meanwhile, or another search looks for it).';
grant execute on function basepool.record_not_found(uuid,bigint) to basepool_glue;

create function basepool.record_output_files(p_results jsonb)
returns table (generation_id uuid, nth integer, outcome text)
language plpgsql volatile security definer set search_path = '' set plan_cache_mode = 'force_generic_plan' set enable_seqscan = 'off' set enable_bitmapscan = 'off' set enable_hashjoin = 'off' set enable_mergejoin = 'off' set jit = 'off';
comment on function basepool.record_output_files(jsonb) is
'Records what became of copies. p_results: an array of up to 1000 of {"lease", "outcome": "stored", "key", "url", "is_private",
"size", "sha256", "content_type", "width", "height", "seconds", "thumb_key", "thumb_url"}, of which those after content_type may be
missing, or {"lease", "outcome": "failed", "code", "error", "retry_after"}; code as in basepool.output_files.error_code, of which
interrupted uses up no try; retry_after in seconds, if it is known. Returns for each, in their order, what follows: stored, waiting
(it is tried again), failed (it is not), or lost (the lease is somebody else''s by now: nothing was changed; its generation_id and
nth are known only where the result names them). With the last file of a generation its output_urls and output_thumbs change.
Raises PT400.';
grant execute on function basepool.record_output_files(jsonb) to basepool_glue;

create function basepool.record_probe(p_token_id integer, p_http_status integer, p_body text default null::text)
returns text
language plpgsql volatile security definer set search_path = '';
comment on function basepool.record_probe(integer,integer,text) is
'Records the answer to a probe. p_http_status: null when there was none; p_body: raw. Returns half-open (one lease may try it),
still refused (suspended for longer), no answer about the token, or not suspended. Raises TP005.';
grant execute on function basepool.record_probe(integer,integer,text) to basepool_glue;

create function basepool.record_rejected(
  p_attempt uuid,
  p_source text,
  p_status integer,
  p_body text,
  out decision text,
  out rule text,
  out retry_at timestamp with time zone
)
returns record
language plpgsql volatile security definer set search_path = '';
comment on function basepool.record_rejected(uuid,text,integer,text) is
'Records that a create was refused or not answered. p_source: http or transport; p_status: HTTP status, null for transport;
p_body: the raw body, or for transport a text that begins with unsent: (it was too late to send it: given back, at no cost),
connect: (no connection was made, so nothing was sent), timeout: or reset:. Returns decision (retry, fail, find_out: it may
exist and is not repeated; cancelled: nobody waited for it any more, and nothing runs), the rule''s name and retry_at. Raises TP023 (the attempt is running or over: nothing was changed),
TP001, PT400.';
grant execute on function basepool.record_rejected(uuid,text,integer,text) to basepool_glue;

create function basepool.record_submitted(p_attempt uuid, p_prediction jsonb, p_has_webhook boolean default true)
returns text
language plpgsql volatile security definer set search_path = '';
comment on function basepool.record_submitted(uuid,jsonb,boolean) is
'Records that Replicate accepted a create. p_attempt: the attempt of the claim; p_prediction: the body of the 2xx answer;
p_has_webhook: false where none was ordered, so that Replicate is asked soon. Returns recorded, unchanged or stale (a webhook
was faster). Raises TP023 (the lease ran out and the attempt is over: nothing was changed), TP001, TP002, PT400.';
grant execute on function basepool.record_submitted(uuid,jsonb,boolean) to basepool_glue;

create function basepool.record_webhook_refused(p_attempt uuid, p_webhook_id text, p_reason text)
returns void
language sql volatile security definer set search_path = '';
comment on function basepool.record_webhook_refused(uuid,text,text) is
'Leaves a trace of a webhook that was refused. p_attempt and p_webhook_id: as far as known; p_reason: bad signature, too large,
unknown attempt …';
grant execute on function basepool.record_webhook_refused(uuid,text,text) to basepool_glue;

create function basepool.remove_model(p_pattern text)
returns text
language plpgsql volatile security definer set search_path = '';
comment on function basepool.remove_model(text) is
'Takes a row off basepool.models. p_pattern: as it is listed. Returns what happened, in words. Raises PT404.';
grant execute on function basepool.remove_model(text) to basepool_glue;

create function basepool.remove_token(p_token_id integer)
returns text
language plpgsql volatile security definer set search_path = '';
comment on function basepool.remove_token(integer) is
'Deletes a token and its secret; attempts and statistics stay. Returns what happened, in words. Raises TP005, TP008 (something
is in flight).';
grant execute on function basepool.remove_token(integer) to basepool_glue;

create function basepool.renew_leases(p_worker text, p_attempts uuid[])
returns setof uuid
language plpgsql volatile security definer set search_path = '';
comment on function basepool.renew_leases(text,uuid[]) is
'Extends the leases of p_worker on p_attempts, calls that are still under way, by settings.lease_time. Returns those of which
nothing is lost: it still holds them, or a webhook was faster than their answer. One that is missing was taken over: it counts
as lost and is found out by others.';
grant execute on function basepool.renew_leases(text,uuid[]) to basepool_glue;

create function basepool.renew_output_files(p_leases uuid[])
returns setof uuid
language plpgsql volatile security definer set search_path = '';
comment on function basepool.renew_output_files(uuid[]) is
'Keeps files under way for another settings.lease_time. p_leases: as claim_output_files gave them. Returns those that are still
held; the others belong to somebody else by now, or their generation was deleted: stop copying them.';
grant execute on function basepool.renew_output_files(uuid[]) to basepool_glue;

create function basepool.resume(p_kind text, p_name text default null::text)
returns text
language plpgsql volatile security definer set search_path = '';
comment on function basepool.resume(text,text) is
'Ends a pause, and of an account its cooldown, too, of a model its breaker, and of the pool the provider''s. p_kind, p_name: as in
basepool.pause. Returns what happened, in words. Raises PT400, PT404.';
grant execute on function basepool.resume(text,text) to basepool_glue;

create function basepool.retry_generations(
  p_ids uuid[] default null::uuid[],
  p_error text default null::text,
  p_since interval default null::interval,
  p_max integer default 1000,
  p_dry_run boolean default false
)
returns table (generation_id uuid, failed_at timestamp with time zone, error text, outcome text, retried_as uuid)
language plpgsql volatile security definer set search_path = '';
comment on function basepool.retry_generations(uuid[],text,interval,integer,boolean) is
'Runs failed generations again, up to p_max: those of p_ids, or those whose last error rule is p_error or whose error contains
it, failed within p_since. Each becomes a new generation of its user (cost_credits 0, beyond the user''s limit), once: a
second call returns the first one''s. p_dry_run: only say what would be done. Returns one row per generation: outcome retried,
retried before, would be retried, is (another status), has no input to send, or refused: (why the door refuses it). Raises PT400.';
grant execute on function basepool.retry_generations(uuid[],text,interval,integer,boolean) to basepool_glue;

create function basepool.retry_output_files(p_generation uuid default null::uuid)
returns integer
language plpgsql volatile security definer set search_path = '';
comment on function basepool.retry_output_files(uuid) is
'Has files that were given up wait for their copies again, as if they had never been tried: those of p_generation, or all of the
last hour that Replicate has not deleted yet. Returns how many. Raises PT404.';
grant execute on function basepool.retry_output_files(uuid) to basepool_glue;

create function basepool.rotate_token(p_token_id integer, p_token text, p_username text default null::text)
returns text
language plpgsql volatile security definer set search_path = '';
comment on function basepool.rotate_token(integer,text,text) is
'Swaps a token''s secret. p_token: the new one; p_username: whose it is, as GET /v1/account says, null where nobody asked. Ends
a suspension. Returns what happened, in words. Raises TP004 (another account''s), TP005, TP006 (in the pool already), TP007
(malformed).';
grant execute on function basepool.rotate_token(integer,text,text) to basepool_glue;

create function basepool.run_job(p_job text, p_trigger text default 'cron'::text)
returns jsonb
language plpgsql volatile security definer set search_path = '';
comment on function basepool.run_job(text,text) is
'Runs a job and records it in basepool.job_runs. p_job: one of basepool.jobs that runs in the database; p_trigger: cron, http,
cli, page … Returns {job, ok, result, error}; a failed job is reported, not raised. Raises TP003. Definer: the jobs work on all
rows.';
grant execute on function basepool.run_job(text,text) to basepool_glue;

create function basepool.schedule_glue(p_url text, p_secret text default null::text)
returns jsonb
language plpgsql volatile set search_path = '';
comment on function basepool.schedule_glue(text,text) is
'Has pg_cron and pg_net call the jobs of the glue at p_url (what stands before /api/cron) from now on, and dispatch, once a second
at most, as soon as something is queued; again for another URL or secret. p_secret: the value of CRON_SECRET; null: the secret
basepool_cron_secret of Vault, or the one that is known. It is in Vault where there is one, and in no command of pg_cron. Returns
{url, jobs: {name: schedule}}. Raises PT400 for a URL or a secret that can''t be, TP049 where an extension or the secret is missing.
For the owner.';

create function basepool.schema_version()
returns table (version integer, oldest integer)
language sql immutable security definer set search_path = '';
comment on function basepool.schema_version() is
'Which functions this database has for the glue, and the oldest version of the glue that they still serve (and the oldest
database that a glue of this version works with). version rises when a function that the glue calls is added or changes its
arguments or its result; oldest when what was kept for those before is dropped. For the glue, at its start.';
grant execute on function basepool.schema_version() to basepool_glue, basepool_operator;

create function basepool.secure_tokens(p_undo boolean default false, p_yes boolean default false)
returns text
language plpgsql volatile security definer set search_path = '';
comment on function basepool.secure_tokens(boolean,boolean) is
'Moves all tokens from public.replicate_tokens into Supabase Vault, where new ones go from then on; p_undo: back. p_yes: nothing
reads the column, though nobody can look. Returns what was done, in words. Raises TP050 (something reads the column, or that can''t be
known) and TP051 (there is no Vault).';
grant execute on function basepool.secure_tokens(boolean,boolean) to basepool_glue;

create function basepool.send_test_alert()
returns bigint
language plpgsql volatile security definer set search_path = '';
comment on function basepool.send_test_alert() is
'Writes a test message to alert_url, and hands it to pg_net where that is. Returns its number, for get_alert_message. Raises TP060
where alert_url is not set or can''t be read.';
grant execute on function basepool.send_test_alert() to basepool_glue;

create function basepool.set_budget(p_account text, p_changes jsonb)
returns jsonb
language plpgsql volatile security definer set search_path = '';
comment on function basepool.set_budget(text,jsonb) is
'Sets what an account (p_account: its name; null: all together) may spend in a day (UTC): p_changes {seconds, usd}, null for no
budget, what is left out stays. Returns what list_budgets says of it. Raises PT400, PT404.';
grant execute on function basepool.set_budget(text,jsonb) to basepool_glue;

create function basepool.set_model(p_pattern text, p_changes jsonb)
returns jsonb
language plpgsql volatile security definer set search_path = '';
comment on function basepool.set_model(text,jsonb) is
'Lists a model, or changes what is said of it. p_pattern: as basepool.models.pattern; p_changes: its other columns by name, what is
left out stays, null for none. Returns the row as list_models does. Raises PT400.';
grant execute on function basepool.set_model(text,jsonb) to basepool_glue;

create function basepool.settle_again(p_max integer default 50)
returns integer
language plpgsql volatile security definer set search_path = '';
comment on function basepool.settle_again(integer) is
'Settles up to p_max of the generations in basepool.unsettled that are due. Returns how many were settled. Raises nothing where
the hook still fails: it is tried again, at pauses that double up to a minute, for a day where the generation was deleted. Part of the job cleanup, too.';
grant execute on function basepool.settle_again(integer) to basepool_glue;

create function basepool.submit_for_user(
  p_user_id uuid,
  p_replicate_model text,
  p_input jsonb,
  p_action text default 'create'::text,
  p_prompt text default null::text,
  p_idempotency_key text default null::text
)
returns uuid
language plpgsql volatile security definer set search_path = '';
comment on function basepool.submit_for_user(uuid,text,jsonb,text,text,text) is
'public.submit_generation on behalf of a user; same arguments, result and errors.';
grant execute on function basepool.submit_for_user(uuid,text,jsonb,text,text,text) to basepool_glue;

create function basepool.unschedule_glue()
returns integer
language plpgsql volatile set search_path = '';
comment on function basepool.unschedule_glue() is
'Ends what schedule_glue began: the jobs of pg_cron with their history, the trigger, and the secret, in Vault as well if it was put
there by schedule_glue. Returns how many jobs were taken out of pg_cron. For the owner.';

create function basepool.watch()
returns jsonb
language plpgsql volatile security definer set search_path = '';
comment on function basepool.watch() is
'Looks for what is wrong, opens and closes alarms (basepool.alarms says which there are), and has them sent: by pg_net where
that is,
else basepool_alerts is notified and the glue sends them. Calls heartbeat_url while no alarm is open. Returns {open, opened,
closed, stuck}: how many alarms, and how many generations are stuck (at most 1000 are counted); {busy: true} where somebody else is at
it. The job watch, every minute; heartbeats do it where that does not run.';
grant execute on function basepool.watch() to basepool_glue;
