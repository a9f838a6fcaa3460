-- One typed row instead of key and value, so that a wrong setting is refused when it is written, not when it is read.

create table basepool.settings (
  id boolean primary key default true check (id),
  user_active_limit integer not null default 5 check (user_active_limit > 0),
  enqueue_plain_inserts boolean not null,
  max_attempts integer not null default 4 check (max_attempts between 1 and 100),
  default_max_in_flight integer not null default 10 check (default_max_in_flight between 1 and 1000),
  submit_timeout interval not null default '60 seconds' check (submit_timeout between '1 second' and '10 minutes'),
  cancel_after interval not null default '30 minutes' check (cancel_after between '5 seconds' and '24 hours'),
  check_after interval not null default '90 seconds' check (check_after > '0 seconds'),
  poll_every interval not null default '3 seconds' check (poll_every > '0 seconds'),
  stuck_after interval not null default '30 minutes' check (stuck_after > '0 seconds'),
  stuck_message text not null default 'Превышено время ожидания' check (stuck_message <> ''),
  late_success_delivers boolean not null default true,
  delete_failed_after interval not null default '90 days' check (delete_failed_after >= '1 day'),
  keep_history_for interval not null default '7 days' check (keep_history_for >= '1 hour'),
  keep_attempts_for interval not null default '180 days' check (keep_attempts_for >= '7 days')
);

comment on table basepool.settings is 'The one row of settings. Change it with basepool.configure().';
comment on column basepool.settings.user_active_limit is
'How many generations a user may have pending or processing at once (basepool.user_limits may say otherwise per user).';
comment on column basepool.settings.enqueue_plain_inserts is
'Whether a plain insert of a pending row into public.generations is queued. False where the table existed before
basepool: the running app inserts rows and calls Replicate itself, and both doing so would pay twice.';
comment on column basepool.settings.max_attempts is 'How often a generation is tried at most; a rule may allow less.';
comment on column basepool.settings.default_max_in_flight is 'Slots of a new token: predictions in flight at once.';
comment on column basepool.settings.submit_timeout is 'How long one create call may take before its outcome is unknown.';
comment on column basepool.settings.cancel_after is
'Sent as Cancel-After: Replicate itself ends a prediction this long after its creation, so an orphan costs no more.';
comment on column basepool.settings.check_after is 'Silence of a prediction after which Replicate is asked for it.';
comment on column basepool.settings.poll_every is 'The same where no webhook was ordered.';
comment on column basepool.settings.stuck_after is 'Age at which a pending or processing generation counts as stuck.';
comment on column basepool.settings.stuck_message is 'error_message of a generation that was cleaned up as stuck.';
comment on column basepool.settings.late_success_delivers is
'Whether a prediction that succeeds after its generation was failed as stuck still completes it.';
comment on column basepool.settings.delete_failed_after is 'Age at which failed and cancelled generations are deleted.';
comment on column basepool.settings.keep_history_for is
'How long job_runs, webhook_events and pg_cron''s own history are kept.';
comment on column basepool.settings.keep_attempts_for is 'How long finished attempts are kept; token_stats stay.';

alter table basepool.settings enable row level security;

insert into basepool.settings (enqueue_plain_inserts)
values (to_regclass('public.generations') is null);
