-- only another text, number, truth or length is a proof: all else may have become so on its way
begin;
select plan(20);

select is(basepool._compare_inputs(o::jsonb, t::jsonb), v, o || ' / ' || t)
from (
  values
  ('{}', '{}', 'same'),
  ('{"strength": 0.33333333333333333333}', '{"strength": 0.3333333333333333}', 'same'),
  ('{"a": [{"b": 0.1, "c": 0.33333333333333333333}]}', '{"a": [{"b": 0.10, "c": 0.3333333333333333}]}', 'same'),
  ('{"s": 0.33333333333333333333, "p": "cat"}', '{"s": 0.3333333333333333, "p": "dog"}', 'different'),
  ('{"s": 0.33333333333333333333, "p": "cat"}', '{"s": 0.3333333333333333, "p": "cat", "n": 1}', 'perhaps'),
  ('{"a": 1e400}', '{"a": null}', 'perhaps'),
  ('{"a": null}', '{"a": 4}', 'perhaps'),
  ('{"a": null}', '{}', 'perhaps'),
  ('{"a": "5"}', '{"a": 5}', 'perhaps'),
  ('{"a": 1}', '{"a": true}', 'perhaps'),
  ('{"a": ["x"]}', '{"a": "x"}', 'perhaps'),
  ('{"a": " cat\n"}', '{"a": "cat"}', 'perhaps'),
  ('{"a": "https://x/1.png"}', '{"a": "/tmp/1.png"}', 'perhaps'),
  ('{"a": " data:image/png;base64,xx"}', '{"a": "https://replicate.delivery/x.png"}', 'perhaps'),
  ('{"a": "cat"}', '{"a": "https://replicate.delivery/x.png"}', 'different'),
  ('{"a": true}', '{"a": false}', 'different'),
  ('{"a": [1, 2]}', '{"a": [1]}', 'different'),
  ('{"a": [1, 2]}', '{"a": [2, 1]}', 'different'),
  ('{"a": "cat"}', '{"a": "Cat"}', 'different'),
  ('{"a": [[]]}', '{"a": [[]]}', 'same')
) as c (o, t, v);

select * from finish();
rollback;
