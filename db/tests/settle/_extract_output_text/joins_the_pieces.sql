-- text models stream: the pieces of a list belong together; where there are URLs there is no text
begin;
select plan(1);

select results_eq(
  $$select o.output::text, basepool._extract_output_text(o.output::jsonb)
  from (values
  ('"a story"'), ('["Hel", "lo", " \u00e4"]'), ('{"seed": 7}'), ('"https://x/1.png"'), ('["https://x/1.png"]'), ('null'), ('[]')
  ) as o (output)$$,
  $$values
  ('"a story"', 'a story'), ('["Hel", "lo", " \u00e4"]', 'Hello ä'), ('{"seed": 7}', '{"seed": 7}'), ('"https://x/1.png"', null),
  ('["https://x/1.png"]', null), ('null', null), ('[]', null)$$,
  'text, or null'
);

select * from finish();
rollback;
