-- What rings when something is wrong, whoever is dead: which findings are alarms, which of them are open, and what was said about
-- each to whom. The database decides by itself (basepool.watch), so that an alarm needs no Python.

create table basepool.alarms (
  name text primary key check (name ~ '^[A-Z][A-Za-z]{2,40}$'),
  severity text not null check (severity in ('page', 'warn')),
  findings text not null check (findings <> ''),
  remedy text not null check (remedy <> '')
);

comment on table basepool.alarms is 'The alarms: which findings of basepool._list_findings each is made of.';
comment on column basepool.alarms.severity is 'page: somebody gets up for it. warn: it waits until the morning.';
comment on column basepool.alarms.findings is 'A pattern for the names of findings: any of them opens it.';
comment on column basepool.alarms.remedy is 'What to do first, in one sentence; docs/operations.md says more.';

insert into basepool.alarms (name, severity, findings, remedy)
values
('PoolDead', 'page', '^pool-dead$', 'Look at basepool tokens list, and give the pool a token that works.'),
('NobodyClaims', 'page', '^(nobody-claims|cant-claim-)', 'Start basepool work, or read its log.'),
('QueueOld', 'page', '^queue-old$', 'basepool status says what the queue waits for.'),
('WebhooksRefused', 'warn', '^webhooks-refused-', 'Run basepool tokens check --all.'),
('WebhooksMissing', 'warn', '^webhooks-missing-', 'Check PUBLIC_URL, and that basepool serve is reached there.'),
('JobStale', 'page', '^(job-overdue-|cron-silent$|glue-not-called$)', 'Look at cron.job_run_details, and restart pg_cron.'),
('StuckGrowing', 'page', '^stuck-growing$', 'basepool why ID says what one of them waits for.'),
('CreditNone', 'page', '^credit-none-', 'Pay at replicate.com/account/billing, then run basepool resume --account.'),
('SpendAnomaly', 'warn', '^spend-anomaly$', 'Look for who submits so much: basepool tokens stats, basepool budgets.'),
('UnknownMany', 'warn', '^unknown-many$', 'Wait for the searches, and look at what Replicate answers: basepool tokens stats.'),
('OutputsLate', 'page', '^(outputs-near-deadline|outputs-not-kept|outputs-stand-still|store-fails)$'
  , 'See whether the store answers, and whether basepool work runs.');

create table basepool.alerts (
  id bigint generated always as identity primary key,
  name text not null,
  severity text not null check (severity in ('page', 'warn')),
  says text not null,
  opened_at timestamptz not null,
  last_seen_at timestamptz not null,
  said_at timestamptz not null,
  closed_at timestamptz
);

comment on table basepool.alerts is 'The alarms that rang. Written by basepool.watch() only; open as long as closed_at is null.';
comment on column basepool.alerts.says is 'What was wrong when it was looked at last.';
comment on column basepool.alerts.last_seen_at is 'When it was still so. It closes when that was _quiet_time ago.';
comment on column basepool.alerts.said_at is 'When a message about it was written last.';

create unique index alerts_open_key on basepool.alerts (name) where closed_at is null;
create index alerts_name_idx on basepool.alerts (name, opened_at);
create index alerts_opened_idx on basepool.alerts (opened_at);

create table basepool.alert_messages (
  id bigint generated always as identity primary key,
  alert_id bigint references basepool.alerts (id) on delete cascade,
  kind text not null check (kind in ('opened', 'again', 'closed', 'test', 'heartbeat')),
  body jsonb not null,
  written_at timestamptz not null,
  due_at timestamptz,
  lease uuid,
  leased_until timestamptz,
  request bigint,
  tries integer not null default 0,
  sent_at timestamptz,
  error text,
  check ((alert_id is null) = (kind in ('test', 'heartbeat'))),
  check ((lease is null) = (leased_until is null))
);

comment on table basepool.alert_messages is
'What is to be told to alert_url, and the last heartbeat to heartbeat_url. One of an alarm is sent after those before it.';
comment on column basepool.alert_messages.due_at is 'When it is to be sent, or sent again; null when it was sent or given up.';
comment on column basepool.alert_messages.lease is 'Of whoever is sending it, until leased_until.';
comment on column basepool.alert_messages.request is 'The request of pg_net that carries it, while its answer is waited for.';
comment on column basepool.alert_messages.error is 'Why it did not arrive the last time. Never has the URL.';

create index alert_messages_due_idx on basepool.alert_messages (due_at) where due_at is not null;
create index alert_messages_alert_idx on basepool.alert_messages (alert_id);
create index alert_messages_written_idx on basepool.alert_messages (written_at);

alter table basepool.alarms enable row level security;
alter table basepool.alerts enable row level security;
alter table basepool.alert_messages enable row level security;
revoke all on basepool.alarms,
basepool.alerts,
basepool.alert_messages from public,
anon,
authenticated,
service_role,
basepool_glue;
