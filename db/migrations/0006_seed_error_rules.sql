-- What is known of Replicate's errors. [R] recorded from the API, [D] its documentation, [U] seen in public repositories:
-- strings nobody here saw live, which is why they are rows and not code. Edit the rows; new knowledge needs no release.

insert into basepool.error_rules
(position, name, source, statuses, pattern, concerns, action, retry_after, max_retries, cool_down, evidence)
values
(100, 'token-refused', 'http', '{401}', null, 'token', 'retry', '0 s', 3, '5 minutes', '[R] 401 Unauthenticated'),
(110, 'no-credit', 'http', '{402}', null, 'account', 'retry', '0 s', 3, '10 minutes', '[U] 402 Insufficient credit'),
(120, 'edge-blocked', 'http', '{403}', null, 'provider', 'retry', '30 s', 3, null, '[U] 403, an HTML page of the edge'),
(130, 'low-credit-throttled', 'http', '{429}', 'reduced to \d+ requests per minute', 'account', 'retry', '0 s', 20, '10 s',
  '[U] 429 with less than $5 of credit'),
(131, 'throttled', 'http', '{429}', null, 'account', 'retry', '0 s', 20, '30 s', '[D] 429 Request was throttled'),
(140, 'version-not-permitted', 'http', '{422}', 'invalid version', 'request', 'fail', null, 0, null,
  '[U] 422 Invalid version or not permitted'),
(141, 'input-invalid', 'http', '{400,422}', null, 'request', 'fail', null, 0, null, '[U] 422 Input validation failed'),
(150, 'not-found', 'http', '{404,405,410}', null, 'request', 'fail', null, 0, null,
  '[U] 404 The requested resource could not be found'),
(190, 'server-error', 'http', '{500,501,502,503,504,520,521,522,523,524,529}', null, 'unknown', 'find_out', null, 0, null,
  'a 5xx says nothing about whether the prediction was made'),
(199, 'http-other', 'http', null, null, 'unknown', 'fail', null, 0, null, 'a status nobody has seen: final, for a person to read'),
(200, 'not-sent', 'transport', null, '^connect:', 'provider', 'retry', '5 s', 5, null,
  'no connection was made, so nothing was asked for'),
(299, 'answer-lost', 'transport', null, null, 'unknown', 'find_out', null, 0, null,
  'there is no idempotency key: a lost answer may hide a prediction that is billed'),
(300, 'interrupted', 'prediction', null, 'prediction interrupted|code: PA', 'provider', 'retry', '1 s', 3, null,
  '[U] Prediction interrupted; please retry (code: PA)'),
(310, 'high-demand', 'prediction', null, '\yE003\y', 'provider', 'retry', '10 s', 3, null, '[U] E003 high demand'),
(311, 'unavailable', 'prediction', null, '\yE004\y', 'provider', 'retry', '10 s', 3, null, '[U] E004 temporarily unavailable'),
(320, 'flagged', 'prediction', null, '\yE005\y|flagged as sensitive|nsfw', 'request', 'fail', null, 0, null, '[U] E005 NSFW'),
(321, 'input-refused', 'prediction', null, '\yE006\y|input was invalid', 'request', 'fail', null, 0, null, '[U] E006 invalid'),
(330, 'unknown-error', 'prediction', null, '\yE1000\y', 'provider', 'retry', '5 s', 2, null, '[U] E1000 unknown'),
(331, 'out-of-memory', 'prediction', null, '\yE1001\y', 'request', 'fail', null, 0, null, '[U] E1001 out of memory'),
(332, 'webhook-url-empty', 'prediction', null, '\yE4875\y', 'request', 'fail', null, 0, null, '[U] E4875'),
(333, 'start-timeout', 'prediction', null, '\yE6716\y', 'provider', 'retry', '10 s', 3, null, '[U] E6716 timeout starting'),
(334, 'upload-failed', 'prediction', null, '\yE9825\y', 'provider', 'retry', '5 s', 3, null, '[U] E9825 upload failed'),
(335, 'runner-lost', 'prediction', null, '\y(E8367|E8765|E9828)\y', 'provider', 'retry', '5 s', 2, null,
  '[U] E8367 interrupted, E8765 health checks failing, E9828'),
(336, 'startup-error', 'prediction', null, '\yE9243\y', 'provider', 'retry', '5 s', 1, null, '[U] E9243 startup error'),
(340, 'ran-too-long', 'prediction', null, 'prediction timed out', 'request', 'fail', null, 0, null,
  '[U] the 30 minute limit of a run'),
(350, 'aborted', 'prediction', null, '^aborted', 'provider', 'fail', null, 0, null,
  '[D] the deadline (Cancel-After) passed before it started; free of charge'),
(351, 'canceled', 'prediction', null, '^canceled', 'request', 'fail', null, 0, null,
  '[D] cancelled at Replicate, by its deadline or by somebody there'),
(360, 'empty-error', 'prediction', null, '^\s*$', 'provider', 'retry', '5 s', 1, null, '[U] failed without a word'),
(399, 'prediction-failed', 'prediction', null, null, 'request', 'fail', null, 0, null, 'an error of the model itself');

update basepool.error_rules set credit = 'none'
where name = 'no-credit';
update basepool.error_rules set credit = 'low'
where name = 'low-credit-throttled';
