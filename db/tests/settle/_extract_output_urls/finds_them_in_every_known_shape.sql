-- a file is a string that is a URL as a whole, wherever it stands; the pieces of a text are none
begin;
select plan(3);

select results_eq(
  $$select o.output::text, basepool._extract_output_urls(o.output::jsonb)
  from (values
  ('"https://x/1.png"'), ('["https://x/1.png", "https://x/2.png"]'), ('["https://x/1.png", null, "https://x/1.png"]'),
  ('{"url": "https://x/1.mp4"}'), ('{"video": ["https://x/1.mp4"], "seed": 7}'), ('{"result": "data:image/png;base64,AA"}'),
  ('[{"image": "https://x/1.png"}, {"image": "https://x/2.png"}]'), ('{"a": {"b": [{"c": "https://x/1.glb"}]}}'),
  ('{"bass": null, "vocals": "https://x/v", "no_vocals": "https://x/n"}'), ('{"url": "https://x/1", "output": "https://x/1"}'),
  ('["https://x/1", null, 3]')
  ) as o (output)$$,
  $$values
  ('"https://x/1.png"', array['https://x/1.png']),
  ('["https://x/1.png", "https://x/2.png"]', array['https://x/1.png', 'https://x/2.png']),
  ('["https://x/1.png", null, "https://x/1.png"]', array['https://x/1.png']),
  ('{"url": "https://x/1.mp4"}', array['https://x/1.mp4']), ('{"video": ["https://x/1.mp4"], "seed": 7}', array['https://x/1.mp4']),
  ('{"result": "data:image/png;base64,AA"}', array['data:image/png;base64,AA']),
  ('[{"image": "https://x/1.png"}, {"image": "https://x/2.png"}]', array['https://x/1.png', 'https://x/2.png']),
  ('{"a": {"b": [{"c": "https://x/1.glb"}]}}', array['https://x/1.glb']),
  ('{"bass": null, "vocals": "https://x/v", "no_vocals": "https://x/n"}', array['https://x/v', 'https://x/n']),
  ('{"url": "https://x/1", "output": "https://x/1"}', array['https://x/1']), ('["https://x/1", null, 3]', array['https://x/1'])$$,
  'in their order, once each'
);
select is_empty(
  $$select o.output, basepool._extract_output_urls(o.output::jsonb)
  from (values
  ('"a story about https://x"'), ('"https://x is a page"'), ('"https://"'), ('"data:none"'), ('"data:;base64,AA"'), ('"ftp://x/1"'),
  ('["Hel", "lo"]'), ('["Read ", "https://x", " first."]'), ('["https://x", " is a page"]'), ('{"text": ["See ", "https://x"]}'),
  ('{"seed": 7}'), ('[]'), ('{}'), ('""'), ('null'), ('7'), ('true'), ('[0.5, 1]'), ('[null, null]'), (null)
  ) as o (output)
  where basepool._extract_output_urls(o.output::jsonb) is not null$$,
  'text is no file, nor is a piece of it'
);
select is(
  basepool._extract_output_urls((repeat('[', 3000) || '"https://x/1"' || repeat(']', 3000))::jsonb), array['https://x/1'],
  'a tree may be deeper than a stack'
);

select * from finish();
rollback;
