-- What can be changed without a release: the settings, and what each error of Replicate means. Settings are one typed row instead
-- of key and value, so that a wrong one is refused when it is written, not when it is read.

create table basepool.settings (
  id boolean primary key default true check (id),
  user_active_limit integer not null default 5 check (user_active_limit > 0),
  user_submits_per_minute integer check (user_submits_per_minute between 1 and 1000000),
  max_input_bytes integer not null default 1000000 check (max_input_bytes between 1000 and 3000000),
  max_prompt_bytes integer not null default 200000 check (max_prompt_bytes between 1000 and 3000000),
  max_name_bytes integer not null default 1024 check (max_name_bytes between 100 and 2000),
  max_input_depth integer not null default 64 check (max_input_depth between 8 and 200),
  max_attempts integer not null default 4 check (max_attempts between 1 and 100),
  default_max_in_flight integer not null default 10 check (default_max_in_flight between 1 and 1000),
  lease_time interval not null default '30 seconds' check (lease_time between '3 seconds' and '10 minutes'),
  submit_timeout interval not null default '60 seconds' check (submit_timeout between '1 second' and '10 minutes'),
  send_within interval not null default '2 seconds' check (send_within between '100 milliseconds' and '1 minute'),
  absence_after interval not null default '60 seconds' check (absence_after >= '0 seconds'),
  cancel_after interval not null default '30 minutes' check (cancel_after between '5 seconds' and '24 hours'),
  check_after interval not null default '90 seconds' check (check_after > '0 seconds'),
  check_at_most_every interval not null default '10 minutes' check (check_at_most_every > '0 seconds'),
  poll_every interval not null default '3 seconds' check (poll_every > '0 seconds'),
  stuck_after interval not null default '30 minutes' check (stuck_after > '0 seconds'),
  stuck_grace interval not null default '10 minutes' check (stuck_grace >= '0 seconds'),
  stuck_message text not null default 'Превышено время ожидания' check (stuck_message <> ''),
  removed_message text not null default 'Replicate had removed the result before it could be fetched' check (removed_message <> ''),
  late_success_delivers boolean not null default true,
  realtime boolean not null default false,
  delete_failed_after interval not null default '90 days' check (delete_failed_after >= '1 day'),
  keep_history_for interval not null default '7 days' check (keep_history_for >= '1 hour'),
  keep_attempts_for interval not null default '180 days' check (keep_attempts_for >= '7 days'),
  keep_audit_for interval not null default '365 days' check (keep_audit_for >= '1 day'),
  keep_decisions interval not null default '24 hours' check (keep_decisions between '0 seconds' and '30 days'),
  former_secret_valid_for interval not null default '1 day' check (former_secret_valid_for between '1 minute' and '30 days'),
  budget_seconds_per_day numeric check (budget_seconds_per_day > 0),
  budget_usd_per_day numeric check (budget_usd_per_day > 0),
  settled_hook text check (settled_hook ~ '^[a-z_][a-z0-9_]{0,62}\.[a-z_][a-z0-9_]{0,62}$'),
  keep_outputs boolean not null,
  keep_files_of_deleted boolean not null default false,
  output_margin interval not null default '5 minutes' check (output_margin between '0 seconds' and '50 minutes'),
  max_output_bytes bigint default 2000000000 check (max_output_bytes >= 1),
  alert_url text check (
    alert_url ~ '^(vault:[^[:space:]]+|(https://|http://([^./:[:space:]]+|127\.0\.0\.1)(:[0-9]+)?/)[^[:space:]@]+)$'
    and length(alert_url) <= 2000
  ),
  alert_repeat_after interval not null default '4 hours' check (alert_repeat_after >= '10 minutes'),
  heartbeat_url text check (
    heartbeat_url ~ '^(vault:[^[:space:]]+|(https://|http://([^./:[:space:]]+|127\.0\.0\.1)(:[0-9]+)?/)[^[:space:]@]+)$'
    and length(heartbeat_url) <= 2000
  ),
  alert_queue_after interval not null default '10 minutes' check (alert_queue_after >= '1 minute'),
  alert_unknown integer not null default 20 check (alert_unknown > 0),
  alert_stuck integer not null default 10 check (alert_stuck > 0),
  alert_spend_factor numeric not null default 3 check (alert_spend_factor >= 1),
  alert_spend_seconds numeric not null default 3600 check (alert_spend_seconds >= 0),
  alert_outputs_before interval not null default '15 minutes' check (alert_outputs_before between '1 minute' and '50 minutes'),
  enforce_user_rights boolean not null,
  tokens_in_vault boolean not null,
  adopted boolean not null
);

comment on table basepool.settings is 'The one row of settings. Change it with basepool.configure().';
comment on column basepool.settings.user_active_limit is
'How many generations a user may have pending or processing at once (basepool.user_limits may say otherwise per user).';
comment on column basepool.settings.user_submits_per_minute is
'How many generations a user may submit in any 60 seconds (basepool.user_limits may say otherwise per user), because one that is
cancelled costs, too. Null: 60, or as many as the user may have active where that is more. More than 600 is no limit.';
comment on column basepool.settings.max_input_bytes is
'How long the input of a generation may be, as text; input_image_url, input_video_url and settings, too. What Replicate sends
back has the input in it, with six bytes for one that is not ASCII: the glue''s WEBHOOK_MAX_BYTES has to leave room for it.';
comment on column basepool.settings.max_prompt_bytes is 'How long the prompt of a generation may be.';
comment on column basepool.settings.max_name_bytes is
'How long the names of a generation may be: replicate_model, model_id, model_name, action, idempotency_key.';
comment on column basepool.settings.max_input_depth is
'How deep the objects and lists of an input may be nested. What reads JSON recursively gives up somewhere.';
comment on column basepool.settings.max_attempts is 'How often a generation is tried at most; a rule may allow less.';
comment on column basepool.settings.default_max_in_flight is 'Slots of a new token: predictions in flight at once.';
comment on column basepool.settings.lease_time is
'How long a worker may be silent about a call under way before the call counts as lost; it renews its leases as long as
it lives. submit_timeout still bounds the whole call, from its claim on.';
comment on column basepool.settings.submit_timeout is 'How long one create call may take before its outcome is unknown.';
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
comment on column basepool.settings.poll_every is 'The same where no webhook was ordered.';
comment on column basepool.settings.stuck_after is 'Age at which a pending or processing generation counts as stuck.';
comment on column basepool.settings.stuck_grace is
'How much longer a stuck generation waits for Replicate to be asked about it, before it is failed without an answer.';
comment on column basepool.settings.stuck_message is 'error_message of a generation that was cleaned up as stuck.';
comment on column basepool.settings.removed_message is
'error_message of a completed generation whose prediction succeeded, but whose result Replicate had deleted by the time it was
asked (data_removed, an hour after the end): it was paid for, and there is nothing to show.';
comment on column basepool.settings.late_success_delivers is
'Whether a prediction that succeeds after its generation was failed as stuck still completes it.';
comment on column basepool.settings.realtime is
'Whether a user''s page is told of changes of its generations as they are committed: by Supabase''s Realtime on the private topic
generations:<user>, and where there is none by a notification on basepool_changes. get_generation_changes works either way.';
comment on column basepool.settings.delete_failed_after is 'Age at which failed and cancelled generations are deleted.';
comment on column basepool.settings.keep_history_for is
'How long job_runs, webhook_events, ended searches and what pg_cron keeps of our jobs are kept.';
comment on column basepool.settings.keep_attempts_for is 'How long finished attempts are kept; token_stats stay.';
comment on column basepool.settings.keep_audit_for is 'How long it is kept who did what (basepool.audit).';
comment on column basepool.settings.keep_decisions is
'How long it is kept how claims paired what waited with tokens (basepool.decisions), for the page. 0: claims keep nothing.';
comment on column basepool.settings.former_secret_valid_for is
'How long a webhook secret that was replaced still verifies webhooks; then it is forgotten.';
comment on column basepool.settings.budget_seconds_per_day is
'How many seconds of predictions all accounts together may use in a day (UTC), those in flight counted as their models usually
take; basepool.accounts has one per account. Beyond it nothing is claimed until midnight UTC. Null: no budget.';
comment on column basepool.settings.budget_usd_per_day is 'The same in money, by the prices of basepool.models.';
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
comment on column basepool.settings.max_output_bytes is 'A larger file is not kept (too_large). Null: any is.';
comment on column basepool.settings.alert_url is
'Where alarms are sent, as JSON that Slack accepts: a URL, or vault:name for a secret of Vault. It is a secret, and shown to nobody.
Null: nowhere.';
comment on column basepool.settings.alert_repeat_after is 'An alarm that is still open is said again this long after it was said.';
comment on column basepool.settings.heartbeat_url is
'Called every minute while no alarm is open, so that somebody outside notices when this database says nothing any more. A URL, or
vault:name. Null: none.';
comment on column basepool.settings.alert_queue_after is 'QueueOld: those who are next have waited longer.';
comment on column basepool.settings.alert_unknown is 'UnknownMany: so many creates at once of which nobody knows the outcome.';
comment on column basepool.settings.alert_stuck is 'StuckGrowing: so many stuck generations at least, and more than ten
minutes ago.';
comment on column basepool.settings.alert_spend_factor is
'SpendAnomaly: so many times the median of the same hour of the seven days before.';
comment on column basepool.settings.alert_spend_seconds is 'SpendAnomaly: and at least so many seconds of predictions in that
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

insert into basepool.settings (keep_outputs, enforce_user_rights, tokens_in_vault, adopted)
values (
  to_regclass('public.generations') is null, to_regclass('public.generations') is null, to_regclass('public.generations') is null
  , to_regclass('public.generations') is not null
);

-- which of the app's own inserts basepool runs: an app that was there before calls Replicate by itself, and both doing so would pay
-- twice, so it moves over a part at a time
create table basepool.cutover (
  pattern text primary key check (pattern ~ '^[A-Za-z0-9*][A-Za-z0-9_.*/:-]{0,199}$'),
  percent numeric(5, 2) not null check (percent between 0 and 100),
  changed_at timestamptz not null default now(),
  likeness text not null generated always as (replace(replace(lower(pattern), '_', '\_'), '*', '%')) stored,
  characters integer not null generated always as (length(replace(pattern, '*', ''))) stored
);

comment on table basepool.cutover is
'For which models and how many users basepool runs what is inserted plainly. Empty where public.generations existed before basepool,
else all. Change it with basepool cutover.';
comment on column basepool.cutover.pattern is
'As in basepool.models; of several that match a model the one with the most characters beside * counts.';
comment on column basepool.cutover.percent is
'Of so many percent of the users, always the same ones (_bucket_of): more percent only add some.';

comment on column basepool.cutover.likeness is 'The pattern as like has it, because every plain insert is compared with it.';
comment on column basepool.cutover.characters is 'How many there are beside *.';

create unique index cutover_pattern_key on basepool.cutover (lower(pattern));

alter table basepool.cutover enable row level security;

insert into basepool.cutover (pattern, percent)
select
  '*',
  100
from basepool.settings as s
where not s.adopted;

-- what users may buy and what it costs them: as long as there is no row, everything but deployments
create table basepool.models (
  pattern text primary key check (pattern ~ '^[A-Za-z0-9*][A-Za-z0-9_.*/:-]{0,199}$'),
  enabled boolean not null default true,
  credits integer not null default 1 check (credits >= 0),
  seconds_per_credit numeric check (seconds_per_credit > 0),
  outputs_per_credit numeric check (outputs_per_credit > 0),
  max_per_user integer check (max_per_user > 0),
  max_in_flight integer check (max_in_flight > 0),
  timeout interval check (timeout between '5 seconds' and '24 hours'),
  usd_per_run numeric check (usd_per_run >= 0),
  usd_per_second numeric check (usd_per_second >= 0),
  check (seconds_per_credit is null or outputs_per_credit is null)
);

comment on table basepool.models is
'The models that may be submitted. Without a row: all, but no deployments. With one: those that a pattern matches, deployments
only by a pattern that begins with deployments/. Change it with basepool models, or like any data.';
comment on column basepool.models.pattern is
'owner/name, with * for any characters; of several that match the one with the most characters beside * counts. Versions of a
model are matched by its name as well; a version without a name must be listed as it is.';
comment on column basepool.models.enabled is 'False: what it matches is refused at the door.';
comment on column basepool.models.credits is 'cost_credits of a generation, whatever the caller says.';
comment on column basepool.models.seconds_per_credit is
'So many seconds of a prediction cost a credit: what it came to is told to the hook, with details.';
comment on column basepool.models.outputs_per_credit is 'The same for files in the output.';
comment on column basepool.models.max_per_user is 'How many a user may have active at once, beside the limit for all models.';
comment on column basepool.models.max_in_flight is
'How many may be in flight at once, of all users; what is beyond waits on the queue.';
comment on column basepool.models.timeout is 'Sent as Cancel-After, if it is shorter than settings.cancel_after.';
comment on column basepool.models.usd_per_run is 'What Replicate charges for a prediction, for budgets and basepool budgets.';
comment on column basepool.models.usd_per_second is 'And for each second of it.';

create unique index models_pattern_key on basepool.models (lower(pattern));

alter table basepool.models enable row level security;

create table basepool.error_rules (
  name text primary key,
  position integer not null unique,
  source text not null check (source in ('http', 'route', 'transport', 'prediction', 'search')),
  statuses integer [],
  pattern text,
  concerns text not null check (concerns in ('request', 'token', 'account', 'provider', 'nobody', 'unknown')),
  action text not null check (action in ('fail', 'retry', 'find_out')),
  retry_after interval check (retry_after >= '0 seconds'),
  max_retries integer default 0 check (max_retries >= 0),
  cool_down interval check (cool_down > '0 seconds'),
  credit text check (credit in ('low', 'none')),
  captures text check (captures in ('per_minute')),
  breaker text check (breaker in ('provider', 'model')),
  trips_after integer check (trips_after > 0),
  evidence text not null,
  check (action = 'retry' or coalesce(max_retries, 1) = 0),
  check (cool_down is null or concerns in ('token', 'account') or breaker is not null),
  check ((breaker is null) = (trips_after is null)),
  check (breaker is null or cool_down is not null and concerns not in ('token', 'account')),
  check (captures is null or (concerns = 'account' and cool_down is not null and pattern like '%(%'))
);

comment on table basepool.error_rules is
'What an answer of Replicate means and what follows; the first match by position decides. Edit it like any data.';
comment on column basepool.error_rules.source is
'http: an answer to a create; route: the same, where it may only mean that this route does not serve the model; transport: no
answer; prediction: the error of a prediction that ended; search: what the search for a lost prediction found out.';
comment on column basepool.error_rules.statuses is 'HTTP statuses that match; null: any.';
comment on column basepool.error_rules.pattern is 'Regular expression over the error text, case-insensitive; null: any.';
comment on column basepool.error_rules.concerns is
'Whose fault it is: only token and account are ever held responsible. They are out of the round while they cool down, so a
retry goes to another one; after an error of the request or the provider it may be the same. An error of token, account or
nobody uses up none of settings.max_attempts, because Replicate has not tried the request.';
comment on column basepool.error_rules.action is
'fail: final. retry: again, at most max_retries times. find_out: the request may have been carried out; never repeat it.';
comment on column basepool.error_rules.max_retries is
'Null: as often as it takes, and none of settings.max_attempts is used up: nothing fails for it but what is stuck.';
comment on column basepool.error_rules.retry_after is
'Delay of the first retry, doubled each time; a retry_after in the answer is obeyed instead.';
comment on column basepool.error_rules.cool_down is
'How long the token is suspended or the account cools down, doubled with each failure in a row, at most an hour. Of a breaker: how
long it stays open before one create tries it, doubled with each that fails, at most half a minute.';
comment on column basepool.error_rules.breaker is
'What is not asked for any more when trips_after of such errors have come in a row (basepool.breakers): the provider as a whole, or
the model alone.';
comment on column basepool.error_rules.trips_after is
'How many in a row open the breaker, with nothing that went well in between; of the provider''s as many as there are seats, where
those are fewer, but three at least.';
comment on column basepool.error_rules.credit is 'What the error says about the account''s credit.';
comment on column basepool.error_rules.captures is
'What the parentheses of the pattern catch. per_minute: the lower limit that Replicate announced, and with it how many at once.';
comment on column basepool.error_rules.evidence is 'Where this is known from.';

alter table basepool.error_rules enable row level security;

-- What is known of Replicate's errors. [R] recorded from the API, [D] its documentation, [U] seen in public repositories:
-- strings nobody here saw live, which is why they are rows and not code. Edit the rows; new knowledge needs no release.
insert into basepool.error_rules
(position, name, source, statuses, pattern, concerns, action, retry_after, max_retries, cool_down, credit, captures, evidence)
values
(100, 'token-refused', 'http', '{401}', null, 'token', 'retry', '0 s', null, '5 minutes', null, null, '[R] 401 Unauthenticated'),
(110, 'no-credit', 'http', '{402}', null, 'account', 'retry', '0 s', null, '10 minutes', 'none', null,
  '[U] 402 Insufficient credit'),
(115, 'account-barred', 'http', '{403}', '^\s*[{["].*account.{0,40}(suspended|disabled|banned|locked|closed)', 'account', 'retry'
  , '0 s', null, '10 minutes', null, null, 'assumed: the account may do nothing, another may'),
(118, 'forbidden', 'http', '{403}', '^\s*[{["]', 'request', 'fail', null, 0, null, null, null,
  '[U] 403 in JSON: an answer of the API, which stays the same'),
(120, 'edge-blocked', 'http', '{403}', null, 'provider', 'retry', '30 s', null, null, null, null,
  '[U] 403, an HTML page of the edge'),
(130, 'low-credit-throttled', 'http', '{429}', 'reduced to (\d{1,6}) requests per minute(?: with a burst of (\d{1,6}))?', 'account'
  , 'retry', '0 s', null, '10 s', 'low', 'per_minute', '[U] 429 with less than $5 of credit'),
(131, 'throttled', 'http', '{429}', null, 'account', 'retry', '0 s', null, '30 s', null, null, '[D] 429 Request was throttled'),
(140, 'version-not-permitted', 'http', '{422}', 'invalid version', 'request', 'fail', null, 0, null, null, null,
  '[U] 422 Invalid version or not permitted'),
(141, 'input-invalid', 'http', '{400,422}', null, 'request', 'fail', null, 0, null, null, null,
  '[U] 422 Input validation failed'),
(145, 'other-route', 'route', '{404}', null, 'nobody', 'retry', '0 s', 2, null, null, null,
  '[U] a community model by its name, on the route of official models; the answer shows that nothing was made'),
(146, 'version-wanted', 'route', '{422}', 'invalid version|version does not exist|version is required', 'nobody', 'retry', '0 s', 2
  , null, null, null, '[O] a bare name as version is for official models; others need the version'),
(150, 'not-found', 'http', '{404,405,410}', null, 'request', 'fail', null, 0, null, null, null,
  '[U] 404 The requested resource could not be found'),
(160, 'refused', 'http', '{406,411,413,414,415,416,417,431,451}', null, 'request', 'fail', null, 0, null, null, null,
  'by their definition the request was not carried out, and will not be'),
(190, 'server-error', 'http', '{500,501,502,503,504,520,521,522,523,524,529}', null, 'unknown', 'find_out', null, 0,
  null, null, null, 'a 5xx says nothing about whether the prediction was made'),
(199, 'http-other', 'http', null, null, 'unknown', 'find_out', null, 0, null, null, null,
  'no clear refusal, whatever else it means: the prediction may have been made'),
(200, 'not-sent', 'transport', null, '^connect:', 'provider', 'retry', '5 s', null, null, null, null,
  'no connection was made, so nothing was asked for'),
(210, 'sent-too-late', 'transport', null, '^unsent:', 'nobody', 'retry', '0 s', null, null, null, null,
  'the glue was slow (settings.send_within), so that it was given back and nothing was asked for'),
(220, 'token-unusable', 'transport', null, '^unusable:', 'token', 'retry', '0 s', null, '5 minutes', null, null,
  'its secret can''t be read, or can''t stand in a header, so that nothing was asked for'),
(230, 'unsendable', 'transport', null, '^unsendable:', 'request', 'fail', null, 0, null, null, null,
  'it can''t be put into a request, so nothing was asked for'),
(299, 'answer-lost', 'transport', null, null, 'unknown', 'find_out', null, 0, null, null, null,
  'there is no idempotency key: a lost answer may hide a prediction that is billed'),
(290, 'aborted', 'prediction', null, '^aborted(:|$)', 'provider', 'fail', null, 0, null, null, null,
  '[D] the deadline (Cancel-After) passed before it started; free of charge'),
(291, 'canceled', 'prediction', null, '^canceled(:|$)', 'request', 'fail', null, 0, null, null, null,
  '[D] cancelled at Replicate, by its deadline or by somebody there'),
(300, 'interrupted', 'prediction', null, 'prediction interrupted|(^|[(;,.]\s?)code: PA(?![-\w])', 'provider', 'retry', '1 s', 3
  , null, null, null, '[U] Prediction interrupted; please retry (code: PA)'),
(310, 'high-demand', 'prediction', null, '\yE003\y|due to high demand', 'provider', 'retry', '10 s', null, null, null, null,
  '[U] E003 high demand'),
(311, 'unavailable', 'prediction', null, '\yE004\y|service is (temporarily|currently) unavailable', 'provider', 'retry', '10 s'
  , null, null, null, null, '[U] E004 temporarily unavailable'),
-- a verdict, not a mention: what has "nsfw" in its name can fail like everything else
(320, 'flagged', 'prediction', null
  , '\yE005\y|\yflagged (as|by|for|because|due to)\y'
  || '|\y(content|prompt|request|image|input|output)s? ((is|was|were|has been) )?flagged\y'
  || '|\y(blocked|rejected)\y.{0,40}\y(safety|moderat|content filter|(?<!(security|cors|referrer|origin) )polic(y|ies)\y)'
  || '|(^|[.:!]\s*)(potential(ly)? )?(nsfw|unsafe|sensitive|inappropriate|explicit|prohibited) '
  || '(content|images?|inputs?|outputs?|prompts?|material) (was |were |has been |have been )?(found|detected)'
  || '(?! (model|check|filter))|(^|[.:!]\s*)(nsfw|nudity) (was )?detected\y'
  || '|\y(contains?|contained) (potentially )?(nsfw|unsafe|sensitive|inappropriate|explicit|prohibited)'
  || '(\W*$|[.,;!]| (or|content|images?|imagery|material|information|language|words?|text|elements?|themes?)\y'
  || '(?! (model|check|filter)))'
  || '|\yviolat(es?|ed|ing)\y.{0,60}((?<!security )polic(y|ies)|guidelines|terms)|content[ _]policy[ _]violation'
  || '|caught by our ai moderator|\y(content|request) moderated\y|\ymoderation_blocked\y'
  , 'request', 'fail', null, 0, null, null, null, '[U] E005 NSFW; the words of models'' own checks'),
(321, 'input-refused', 'prediction', null, '\yE006\y|input was (invalid|rejected)', 'request', 'fail', null, 0, null, null, null,
  '[U] E006 invalid'),
(330, 'unknown-error', 'prediction', null, '\yE1000\y', 'provider', 'retry', '5 s', 2, null, null, null, '[U] E1000 unknown'),
(331, 'out-of-memory', 'prediction', null, '\yE1001\y|\yout of memory\y', 'request', 'fail', null, 0, null, null, null,
  '[U] E1001 out of memory'),
(332, 'webhook-url-empty', 'prediction', null, '\yE4875\y', 'request', 'fail', null, 0, null, null, null, '[U] E4875'),
(333, 'start-timeout', 'prediction', null, '\yE6716\y', 'provider', 'retry', '10 s', 3, null, null, null,
  '[U] E6716 timeout starting'),
(334, 'upload-failed', 'prediction', null, '\yE9825\y', 'provider', 'retry', '5 s', 3, null, null, null,
  '[U] E9825 upload failed'),
(335, 'runner-lost', 'prediction', null, '\y(E8367|E8765|E9828)\y', 'provider', 'retry', '5 s', 2, null, null, null,
  '[U] E8367 interrupted, E8765 health checks failing, E9828'),
(336, 'startup-error', 'prediction', null, '\yE9243\y', 'provider', 'retry', '5 s', 1, null, null, null,
  '[U] E9243 startup error'),
(340, 'ran-too-long', 'prediction', null, 'prediction timed out', 'request', 'fail', null, 0, null, null, null,
  '[U] the 30 minute limit of a run'),
(341, 'director-failed', 'prediction', null, '^\W*director:|(unexpected|unknown) error handling prediction', 'provider', 'retry'
  , '5 s', 2, null, null, null, '[U] the platform itself, with a code that is not known, or with none'),
-- a model that passes its work on says what its vendor said
(342, 'upstream-throttled', 'prediction', null
  , '\ytoo ?many ?requests\y|\yrate[ _-]?limit(ed|[ _-]?(reached|exceeded|error))|\yresource[ _]?exhausted\y'
  || '|\y(http|status|code)[\W_]{0,3}(error|status|code)?\W{0,3}429\y|\yerror\W{0,3}429\y(?!\s*\w)'
  , 'provider', 'retry', '30 s', 3, null, null, null, '[U] a vendor''s 429'),
(343, 'upstream-down', 'prediction', null
  , '\ybad ?gateway\y|\ygateway ?time-?out\y|\yservice ?(is )?(temporarily )?unavailable\y'
  || '|\yupstream (connect|request)\y.{0,20}(error|time)|\yno (healthy upstream|available server)'
  || '|\y(service|server|provider|vendor|upstream|api) (is )?(temporarily|currently) unavailable\y'
  || '|\y(server|model|engine|system|currently|is) (busy|overloaded)\y|\yoverloaded_error\y'
  || '|\y(https?|status|code)[\W_]{0,3}(error|status|code)?\W{0,3}(50[234]|52\d|530)\y'
  -- a number alone may count something
  || '|\y(error|fetch|request|response)\W{0,3}(50[234]|52\d|530)\y(?!\s*\w)|\y(50[234]|52\d|530) from\y'
  || '|\y(returned|(responded|answered|failed) with) (an? )?(http |status )?(50[234]|52\d|530)\y(?!\s+\w)'
  || '|\y(50[234]|52\d|530)\W{0,3}(server|web server|proxy|origin|ssl|a timeout|connection|deadline)\y'
  || '|^\W*(50[234]|52\d|530)(\W*$|\s*[:-])'
  , 'provider', 'retry', '10 s', 3, null, null, null, '[U] a vendor''s 502, 503, 504 or page of its edge'),
(344, 'upstream-failed', 'prediction', null
  , '\yinternal ?server ?error\y|\y500 server error\y|^\W*internal error\W*$|\yinternal error (has )?occurred\y'
  || '|\y(https?|status|code)[\W_]{0,3}(error|status|code)?\W{0,3}500\y|\yerror\W{0,3}500\y(?!\s*\w)'
  , 'provider', 'retry', '10 s', 2, null, null, null, '[U] a vendor''s 500'),
(345, 'connection-lost', 'prediction', null
  , '\y(connection|read|connect|request|write|read operation|handshake operation) timed out\y'
  || '|\yconnection (reset|aborted|refused|termin\w+|attempts failed)\y|\y(remote end|peer) closed connection\y'
  || '|\yserver disconnected\y|\ytemporary failure in name resolution\y|\y(connect|read|write|pool)timeout(error)?\y'
  || '|\y(api)?connection ?error\y|\yconnecterror\y|\ymax retries exceeded with url\y'
  || '|\y(econnreset|econnrefused|econnaborted|etimedout|eai_again|epipe)\y|\ysocket hang ?up\y'
  || '|\yi/o timeout\y|\ytls handshake timeout\y|\yclient\.timeout exceeded\y|\yfailed to connect to\y'
  , 'provider', 'retry', '10 s', 1, null, null, null, '[U] between a model and what it needs; it may be a link of the input'),
(346, 'asked-to-retry', 'prediction', null
  -- with something else is no time
  , '\ytry again (later|shortly|soon|in (\d+ ?(s|m|h)|an? (few|couple|moment|minute|hour|while|bit|short|second|little)))'
  || '|\yplease retry\y(?! (with|using|in|after|by|without|the)\y)', 'provider', 'retry'
  , '10 s', 2, null, null, null, '[U] it says so'),
(360, 'empty-error', 'prediction', null, '^\s*$', 'provider', 'retry', '5 s', 1, null, null, null, '[U] failed without a word'),
(399, 'prediction-failed', 'prediction', null, null, 'request', 'fail', null, 0, null, null, null,
  'an error of the model itself'),
(400, 'never-arrived', 'search', null, '^absent', 'provider', 'retry', '0 s', null, null, null, null,
  '[O] a complete list of the account, begun after the request could arrive, without a prediction that could be it'),
(410, 'never-found', 'search', null, null, 'unknown', 'retry', '0 s', 1, null, null, null,
  '[O] Cancel-After: whatever it was has ended by now');

-- what is nobody's fault here: when nothing but this comes back, it is waited out, and nothing fails for it
update basepool.error_rules as r
set breaker = b.breaker, trips_after = b.trips_after, cool_down = '5 s'
from (
  values
  ('edge-blocked', 'provider', 10), ('server-error', 'provider', 10), ('http-other', 'provider', 10), ('not-sent', 'provider', 10)
  , ('answer-lost', 'provider', 10), ('high-demand', 'model', 3), ('unavailable', 'model', 3)
) as b (name, breaker, trips_after)
where r.name = b.name;
