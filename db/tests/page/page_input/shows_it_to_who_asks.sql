-- what was asked for, whole, without what a link or a file carries; and it stays known who looked
begin;
select plan(13);
\ir ../../helpers.psql

create temporary table own as select pg_temp.submit(1) as id;
delete from basepool.audit;
update public.generations set
  prompt = e'a cat\n\u202Ewith r8_abcdef and https://u:p@h/i.png?sig=private'
  , replicate_input = jsonb_build_object(
    'prompt', 'a "cat"', 'image', 'https://u:p@h/i.png?sig=private#x', 'mask', 'data:image/png;base64,AA"\AA', 'seed', 7
    , 'list', jsonb_build_array('see https://h/a?sig="private\ and more', 'https://h/b?c=r8_private', e'\u202E'), 'none', null
  )
  , input_image_url = 'https://u:p@h/i.png?sig=private', output_text = 'it is whsec_private';
create temporary table seen as select basepool.page_input(o.id, 'anna') as page from own as o;
select is(s.page ->> 'prompt', e'a cat\n?with r8_… and https://h/i.png', 'the prompt') from seen as s;
select is(
  s.page -> 'input',
  jsonb_build_object(
    'prompt', 'a "cat"', 'image', 'https://h/i.png', 'mask', 'data:image/png,…', 'seed', 7
    , 'list', jsonb_build_array('see https://h/a and more', 'https://h/b', '?'), 'none', null
  ),
  'the input'
) from seen as s;
select is(s.page ->> 'input_image_url', 'https://h/i.png', 'the image') from seen as s;
select is(s.page ->> 'output_text', 'it is whsec_…', 'the answer') from seen as s;
select is(s.page ->> 'is_cut', 'false', 'whole') from seen as s;
select results_eq(
  'select a.action, a.target, a.actor from basepool.audit as a', $$select 'show input', o.id::text, 'anna' from own as o$$
  , 'who looked is known'
);

-- long, odd or nothing
update public.generations set prompt = repeat('ab' || chr(10), 10000), replicate_input = jsonb_build_object(
  'a', repeat('x', 19900) || ' r8_' || repeat('s', 5000), 'b', repeat('y', 5000)
);
update seen set page = basepool.page_input(o.id) from own as o;
select is(length(s.page ->> 'prompt'), 20001, 'what is long is cut') from seen as s;
select is(jsonb_typeof(s.page -> 'input'), 'string', 'and is no JSON then') from seen as s;
select is(s.page ->> 'is_cut', 'true', 'which is said') from seen as s;
select ok(strpos(s.page::text, 'ssss') = 0, 'a secret at the edge is none the less hidden') from seen as s;
update public.generations set prompt = null, replicate_input = null, input_image_url = null, output_text = null;
select is(
  basepool.page_input(o.id) - 'id', '{"prompt": null, "input": null, "is_cut": false, "input_image_url": null
  , "input_video_url": null, "output_text": null}'::jsonb, 'nothing'
) from own as o;
select throws_ok('select basepool.page_input(null, null)', 'PT404', 'there is no generation null');
select is((select count(*) from basepool.audit), 3::bigint, 'each look is a row, and no other');

select * from finish();
rollback;
