-- other providers' rows share the table; their ids are not asked about
begin;
select plan(1);

select set_eq(
  $$select c.model || ' ' || coalesce(c.id, 'null') from (
    values
    ('acme/painter', 'rrr1234567890abcdefghijklm'),
    ('google/nano-banana', '4x9k2m7q8w3e5r6t1y0u2i3o4p'),
    (repeat('a', 64), '4x9k2m7q8w3e5r6t1y0u2i3o4p'),
    ('fal-ai/flux-pro', '4x9k2m7q8w3e5r6t1y0u2i3o4p'),
    ('FAL-AI/flux-pro', '4x9k2m7q8w3e5r6t1y0u2i3o4p'),
    (null, '4x9k2m7q8w3e5r6t1y0u2i3o4p'),
    ('higgsfield-ai/soul/standard', '4x9k2m7q8w3e5r6t1y0u2i3o4p'),
    ('higgsfield-ai/soul', '4x9k2m7q8w3e5r6t1y0u2i3o4p'),
    ('google/nano-banana', 'google-1'),
    ('google/veo', 'operations/4x9k2m7q8w3e5r6t1y0u2i3o4p'),
    ('acme/painter', '0b9f1c1e-2f1c-4d8e-9a55-0d6c1f2e3a4b'),
    ('acme/painter', 'RRR1234567890ABCDEFGHIJKLM'),
    ('acme/painter', 'prediction-1'),
    ('acme/painter', ''),
    ('acme/painter', null),
    ('gpt', '4x9k2m7q8w3e5r6t1y0u2i3o4p')
  ) as c (model, id)
  where basepool._may_be_at_replicate(c.model, c.id)$$,
  array[
    'acme/painter rrr1234567890abcdefghijklm', 'google/nano-banana 4x9k2m7q8w3e5r6t1y0u2i3o4p'
    , repeat('a', 64) || ' 4x9k2m7q8w3e5r6t1y0u2i3o4p'
  ],
  'what can be one of Replicate''s'
);

select * from finish();
rollback;
