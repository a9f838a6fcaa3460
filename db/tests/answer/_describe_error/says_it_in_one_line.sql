-- what a person reads: title and detail of a problem document, the text of a page, or the body itself
begin;
select plan(12);

select is(
  basepool._describe_error(422, '{"title": "Input validation failed", "detail": "- input: prompt is required\n", "status": 422}'),
  'HTTP 422: Input validation failed: - input: prompt is required', 'a problem document'
);
select is(basepool._describe_error(404, '{"detail": "not found"}'), 'HTTP 404: not found', 'without a title');
select is(
  basepool._describe_error(403, '<html><h1>Sorry,</h1> you have been  blocked</html>'),
  'HTTP 403: an HTML page: Sorry, you have been blocked', 'a page'
);
select is(basepool._describe_error(500, '{not json'), 'HTTP 500: {not json', 'what only looks like JSON');
select is(basepool._describe_error(502, ''), 'HTTP 502: no explanation', 'nothing');
select is(basepool._describe_error(null, 'timeout: no answer'), 'timeout: no answer', 'no answer at all');
select is(length(basepool._describe_error(500, repeat('x', 5000))), 1010, 'a long one is cut');
select is(
  basepool._describe_error(null, 'Vendor said: <!DOCTYPE html><style>b {}</style><b>502</b> Bad Gateway'),
  'Vendor said: 502 Bad Gateway', 'a page within a text'
);
select is(basepool._describe_error(500, '{"detail": "\u0000"}'), 'HTTP 500: {"detail": "\u0000"}', 'JSON that jsonb does not take');
select is(
  length(basepool._describe_error(null, '{"detail": 1e' || repeat('9', 30) || '}')), 44, 'nor a number like this'
);
select is(length(basepool._describe_error(500, '<html>' || repeat('x', 5000000))), 1010, 'a page of any length');
select is(basepool._describe_error(400, '{"other": 1}'), 'HTTP 400: {"other": 1}', 'an unknown shape is shown as it is');

select * from finish();
rollback;
