-- how long an answer says to wait, as a field or in its sentence; no word about it is null, never a number
begin;
select plan(1);

select results_eq(
  $$select b.body, basepool._parse_retry_after(b.body)
  from (values
  ('{"detail": "Request was throttled.", "status": 429, "retry_after": 5}'), ('{"retry_after": "7"}'), ('{"retry_after": 0.5}'),
  ('{"detail": "Request was throttled. Your rate limit resets in ~30s."}'), ('{"retry_after": 999999}'),
  ('{"detail": "Request was throttled."}'), ('<html>429</html>'), ('connect: refused'), (''), (null)
  ) as b (body)$$,
  $$values
  ('{"detail": "Request was throttled.", "status": 429, "retry_after": 5}', interval '5 seconds'),
  ('{"retry_after": "7"}', interval '7 seconds'), ('{"retry_after": 0.5}', interval '0.5 seconds'),
  ('{"detail": "Request was throttled. Your rate limit resets in ~30s."}', interval '30 seconds'),
  ('{"retry_after": 999999}', interval '1 hour'), ('{"detail": "Request was throttled."}', null), ('<html>429</html>', null),
  ('connect: refused', null), ('', null), (null, null)$$,
  'field, sentence, an hour at most, or nothing'
);

select * from finish();
rollback;
