-- How long silence is normal depends on the model: an image is there in seconds, a video takes minutes.

alter table basepool.settings
add column check_at_most_every interval not null default '10 minutes'
constraint settings_check_at_most_every_check check (check_at_most_every > '0 seconds');

comment on column basepool.settings.check_at_most_every is
'The pauses between two questions about the same prediction double up to this.';
comment on column basepool.settings.check_after is
'Silence of a prediction after which Replicate is asked for it, while nothing is known of its model (basepool.model_stats).';

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

alter table basepool.model_stats enable row level security;

alter table basepool.attempts
add column has_webhook boolean not null default true,
add column checks integer not null default 0,
add column heard_at timestamptz;

comment on column basepool.attempts.has_webhook is 'Whether a webhook was ordered; without one the prediction is polled.';
comment on column basepool.attempts.checks is 'How often it was asked for; the pauses grow with it.';
comment on column basepool.attempts.heard_at is 'When Replicate last said something about it.';

create index attempts_ended_idx on basepool.attempts (finished_at) where state = 'succeeded';
