-- an id that is missing or no text is taken from the attempt, then from the prediction's own links; a status only where the
-- create was accepted
begin;
select plan(12);

select is(basepool._complete_prediction(p::jsonb, k, s), w::jsonb, concat_ws(' ', p, k, s))
from (
  values
  ('{"id": "a", "status": "x"}', 'k', 'poll', '{"id": "a", "status": "x"}')
  , ('{"status": "x"}', 'k', 'poll', '{"id": "k", "status": "x"}')
  , ('{"id": 5, "status": "x"}', 'k', 'webhook', '{"id": "k", "status": "x"}')
  , ('{"id": "", "status": "x"}', null, 'webhook', '{"id": null, "status": "x"}')
  , ('{"id": {"a": 1}, "urls": {"get": "https://r/v1/predictions/abc1"}}', null, 'webhook'
    , '{"id": "abc1", "urls": {"get": "https://r/v1/predictions/abc1"}}')
  , ('{"urls": {"cancel": "https://r/v1/predictions/abc2/cancel"}}', null, 'webhook'
    , '{"id": "abc2", "urls": {"cancel": "https://r/v1/predictions/abc2/cancel"}}')
  , ('{"urls": {"get": "https://r/elsewhere/abc"}}', null, 'webhook', '{"id": null, "urls": {"get": "https://r/elsewhere/abc"}}')
  , ('{"id": "a"}', null, 'answer', '{"id": "a", "status": "starting"}')
  , ('{"id": "a", "status": 1}', null, 'answer', '{"id": "a", "status": "starting"}')
  , ('{"id": "a", "status": null}', null, 'webhook', '{"id": "a", "status": null}')
  , ('["a"]', 'k', 'poll', '["a"]')
  , ('{"id": "a", "urls": 5, "status": "x"}', null, 'answer', '{"id": "a", "urls": 5, "status": "x"}')
) as c (p, k, s, w);

select * from finish();
rollback;
