-- a string, a list, or an object around one of them; text is no URL
begin;
select plan(1);

select results_eq(
  $$select o.output::text, basepool._extract_output_urls(o.output::jsonb)
  from (values
  ('"https://x/1.png"'), ('["https://x/1.png", "https://x/2.png"]'), ('{"url": "https://x/1.mp4"}'),
  ('{"video": ["https://x/1.mp4"], "seed": 7}'), ('{"output": "https://x/o"}'), ('{"result": "data:image/png;base64,AA"}'),
  ('"a story about https://x"'), ('["Hel", "lo"]'), ('{"seed": 7}'), ('[]'), ('null'), ('7'), ('["https://x/1", null, 3]')
  ) as o (output)$$,
  $$values
  ('"https://x/1.png"', array['https://x/1.png']),
  ('["https://x/1.png", "https://x/2.png"]', array['https://x/1.png', 'https://x/2.png']),
  ('{"url": "https://x/1.mp4"}', array['https://x/1.mp4']), ('{"video": ["https://x/1.mp4"], "seed": 7}', array['https://x/1.mp4']),
  ('{"output": "https://x/o"}', array['https://x/o']),
  ('{"result": "data:image/png;base64,AA"}', array['data:image/png;base64,AA']),
  ('"a story about https://x"', null), ('["Hel", "lo"]', null), ('{"seed": 7}', null), ('[]', null), ('null', null), ('7', null),
  ('["https://x/1", null, 3]', array['https://x/1'])$$,
  'in their order'
);

select * from finish();
rollback;
