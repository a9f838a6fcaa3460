-- a string, the joined pieces of a stream, the text beside a file; and where there is neither text nor file, all of it as JSON
begin;
select plan(3);

select results_eq(
  $$select o.output::text, basepool._extract_output_text(o.output::jsonb)
  from (values
  ('"a story"'), ('["Hel", "lo", " \u00e4"]'), ('["Read ", "https://x", null, " first."]'),
  ('{"text_output": "Good day", "audio_output": "https://x/a.wav"}'), ('{"image": "https://x/1.png", "caption": ["A ", "cat"]}'),
  ('[{"image": "https://x/1.png", "caption": "A cat"}, {"image": "https://x/2.png", "caption": "A dog"}]'),
  ('["https://x/1.png", "done", 3]'), ('{"segments": [{"text": " One."}], "transcription": " One.", "txt_file": null}'),
  ('{"result": {"text": "Good day"}}')
  ) as o (output)$$,
  $$values
  ('"a story"', 'a story'), ('["Hel", "lo", " \u00e4"]', 'Hello ä'),
  ('["Read ", "https://x", null, " first."]', 'Read https://x first.'),
  ('{"text_output": "Good day", "audio_output": "https://x/a.wav"}', 'Good day'),
  ('{"image": "https://x/1.png", "caption": ["A ", "cat"]}', 'A cat'),
  ('[{"image": "https://x/1.png", "caption": "A cat"}, {"image": "https://x/2.png", "caption": "A dog"}]', E'A cat\nA dog'),
  ('["https://x/1.png", "done", 3]', 'done'),
  ('{"segments": [{"text": " One."}], "transcription": " One.", "txt_file": null}', ' One.'),
  ('{"result": {"text": "Good day"}}', 'Good day')$$,
  'as the model says it'
);
select results_eq(
  $$select o.output::text, basepool._extract_output_text(o.output::jsonb)::jsonb
  from (values
  ('5.75'), ('false'), ('[0.125, -0.5, 1]'), ('{"seed": 7}'), ('{"segments": [{"text": "One."}, {"text": "Two."}]}'),
  ('{"segments": [], "transcription": "", "language": "en"}'), ('[{"label": "cat", "score": 0.9}]')
  ) as o (output)$$,
  $$values
  ('5.75', '5.75'::jsonb), ('false', 'false'), ('[0.125, -0.5, 1]', '[0.125, -0.5, 1]'), ('{"seed": 7}', '{"seed": 7}'),
  ('{"segments": [{"text": "One."}, {"text": "Two."}]}', '{"segments": [{"text": "One."}, {"text": "Two."}]}'),
  ('{"segments": [], "transcription": "", "language": "en"}', '{"segments": [], "transcription": "", "language": "en"}'),
  ('[{"label": "cat", "score": 0.9}]', '[{"label": "cat", "score": 0.9}]')$$,
  'or readable as it is'
);
select is_empty(
  $$select o.output, basepool._extract_output_text(o.output::jsonb)
  from (values
  ('"https://x/1.png"'), ('["https://x/1.png", null]'), ('{"status": "ok", "image": "https://x/1.png"}'),
  ('{"input": {"text": "Hello"}, "audio": "https://x/a.wav"}'), ('{"text": "", "audio": "https://x/a.wav"}'), ('null'), ('""'),
  ('[]'), ('{}'), ('["", null]'), ('[null, null]'), ('[{}]'), ('{"bass": null, "drums": [""]}'), (null)
  ) as o (output)
  where basepool._extract_output_text(o.output::jsonb) is not null$$,
  'a file alone has no text, nor has nothing'
);

select * from finish();
rollback;
