-- each rule, with an answer as Replicate gives it; and no rule without its answer here
begin;
select plan(4);

create temporary table answers (
  rule text, source text, status integer, body text, concerns text, action text, max_retries integer
);
insert into answers values
('never-arrived', 'search', null, 'absent: Replicate never had it', 'provider', 'retry', null),
('never-found', 'search', null, 'undecided: it was not found before its deadline', 'unknown', 'retry', 1),
('token-refused', 'http', 401, '{"title":"Unauthenticated","status":401}', 'token', 'retry', null),
('no-credit', 'http', 402, '{"title":"Insufficient credit","status":402}', 'account', 'retry', null),
('account-barred', 'http', 403, '{"detail": "Your account has been suspended."}', 'account', 'retry', null),
('forbidden', 'http', 403, '{"detail": "You do not have permission to perform this action."}', 'request', 'fail', 0),
('edge-blocked', 'http', 403, '<html>Sorry, you have been blocked</html>', 'provider', 'retry', null),
('low-credit-throttled', 'http', 429, '{"detail":"Request was throttled. Your rate limit for creating predictions is reduced to'
  || ' 6 requests per minute with a burst of 1 requests while you have less than $5.0 in credit.","retry_after":5}', 'account'
  , 'retry', null),
('throttled', 'http', 429, '{"detail":"Request was throttled. Your rate limit resets in ~30s."}', 'account', 'retry', null),
('version-not-permitted', 'http', 422, '{"title":"Invalid version or not permitted","status":422}', 'request', 'fail', 0),
(
    'input-invalid',
    'http',
    422,
    '{"title":"Input validation failed","detail":"- input: prompt is required\n"}',
    'request',
    'fail',
    0
),
('input-invalid', 'http', 400, '', 'request', 'fail', 0),
('other-route', 'route', 404, '{"detail":"The requested resource could not be found.","status":404}', 'nobody', 'retry', 2),
('version-wanted', 'route', 422, '{"title":"Invalid version or not permitted","status":422}', 'nobody', 'retry', 2),
('not-found', 'http', 404, '{"detail":"The requested resource could not be found.","status":404}', 'request', 'fail', 0),
('server-error', 'http', 500, 'Internal Server Error', 'unknown', 'find_out', 0),
('server-error', 'http', 502, '<html>Bad Gateway</html>', 'unknown', 'find_out', 0),
('server-error', 'http', 524, '', 'unknown', 'find_out', 0),
('http-other', 'http', 418, 'I am a teapot', 'unknown', 'find_out', 0),
('http-other', 'http', 499, '', 'unknown', 'find_out', 0),
('http-other', 'http', 525, 'SSL handshake failed', 'unknown', 'find_out', 0),
('refused', 'http', 413, '<html>413 Request Entity Too Large</html>', 'request', 'fail', 0),
('sent-too-late', 'transport', null, 'unsent: 2.3 s after its claim', 'nobody', 'retry', null),
('token-unusable', 'transport', null, 'unusable: its secret is not in Vault any more', 'token', 'retry', null),
('not-sent', 'transport', null, 'connect: connection refused', 'provider', 'retry', null),
('unsendable', 'transport', null, 'unsendable: the input is missing, not a JSON object', 'request', 'fail', 0),
('answer-lost', 'transport', null, 'timeout: no answer in 60 s', 'unknown', 'find_out', 0),
('answer-lost', 'transport', null, 'reset: while the answer to connect: was read', 'unknown', 'find_out', 0),
('interrupted', 'prediction', null, 'Prediction interrupted; please retry (code: PA)', 'provider', 'retry', 3),
('high-demand', 'prediction', null, 'Service is temporarily unavailable due to high demand. (E003)', 'provider', 'retry', null),
('unavailable', 'prediction', null, 'Service is temporarily unavailable. (E004)', 'provider', 'retry', null),
('flagged', 'prediction', null, 'The input or output was flagged as sensitive. (E005)', 'request', 'fail', 0),
('flagged', 'prediction', null, 'NSFW content detected. Try running it again.', 'request', 'fail', 0),
('input-refused', 'prediction', null, 'The input was invalid. (E006)', 'request', 'fail', 0),
('unknown-error', 'prediction', null, 'Director: unknown error (E1000)', 'provider', 'retry', 2),
('out-of-memory', 'prediction', null, 'Director: out of memory (E1001)', 'request', 'fail', 0),
('webhook-url-empty', 'prediction', null, 'Director: webhook URL is empty (E4875)', 'request', 'fail', 0),
('start-timeout', 'prediction', null, 'Director: timeout starting prediction (E6716)', 'provider', 'retry', 3),
('upload-failed', 'prediction', null, 'Director: failed to upload file (E9825)', 'provider', 'retry', 3),
('runner-lost', 'prediction', null, 'Director: health checks failing (E8765)', 'provider', 'retry', 2),
('runner-lost', 'prediction', null, 'Director: the runner went away (E8367)', 'provider', 'retry', 2),
('startup-error', 'prediction', null, 'Director: unexpected error during setup (E9243)', 'provider', 'retry', 1),
('director-failed', 'prediction', null, 'Director: unexpected error handling prediction', 'provider', 'retry', 2),
('director-failed', 'prediction', null, 'Unknown error handling prediction.', 'provider', 'retry', 2),
('upstream-throttled', 'prediction', null, '429 Client Error: Too Many Requests for url: https://x', 'provider', 'retry', 3),
('upstream-down', 'prediction', null, '502 Server Error: Bad Gateway for url: https://x', 'provider', 'retry', 3),
('upstream-failed', 'prediction', null, '500 Server Error: Internal Server Error for url: https://x', 'provider', 'retry', 2),
('connection-lost', 'prediction', null, 'Model nsfw_checker failed to load: connection timed out', 'provider', 'retry', 1),
('asked-to-retry', 'prediction', null, 'Something went wrong. Try again in a minute.', 'provider', 'retry', 2),
('prediction-failed', 'prediction', null, 'Invalid parameters (code: PARAM_INVALID)', 'request', 'fail', 0),
('prediction-failed', 'prediction', null, 'Could not load the nsfw filter', 'request', 'fail', 0),
('ran-too-long', 'prediction', null, 'Prediction timed out', 'request', 'fail', 0),
('aborted', 'prediction', null, 'aborted', 'provider', 'fail', 0),
('canceled', 'prediction', null, 'canceled', 'request', 'fail', 0),
('empty-error', 'prediction', null, '', 'provider', 'retry', 1),
('prediction-failed', 'prediction', null, 'CUDA error: device-side assert triggered', 'request', 'fail', 0);

select is_empty(
  $$select a.rule, c.name, a.body
  from answers as a cross join lateral basepool._classify_error(a.source, a.status, a.body) as c
  where (c.name, c.concerns, c.action, c.max_retries) is distinct from (a.rule, a.concerns, a.action, a.max_retries)$$,
  'every answer is classified as it should be'
);
select set_eq('select name from basepool.error_rules', 'select rule from answers', 'and every rule has its answer here');
select is_empty(
  $$select name from basepool.error_rules where concerns = 'request' and (cool_down is not null or action <> 'fail')$$,
  'what concerns the request costs no token anything'
);
update basepool.error_rules set action = 'retry', max_retries = 9
where name = 'out-of-memory';
select is(
  (basepool._classify_error('prediction', null, 'x (E1001)')).max_retries, 9, 'editing a row is enough to change what follows'
);

select * from finish();
rollback;
