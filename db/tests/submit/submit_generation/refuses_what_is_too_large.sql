-- each field has a limit, whichever way it comes in; who is refused reads which one, and what can be done
begin;
select plan(21);
\ir ../../helpers.psql

create function pg_temp.told(p_call text) returns text
language plpgsql as $$
declare
  v_hint text;
begin
  execute p_call;
  return 'let in';
exception when others then
  get stacked diagnostics v_hint = pg_exception_hint;
  return concat_ws(' ', sqlstate, sqlerrm, '/', v_hint);
end
$$;

create function pg_temp.insert_one(p_column text, p_value text) returns text
language sql as $$
  select format(
    'insert into public.generations (user_id, action, model_id, model_name, replicate_model, replicate_input, %I)'
    ' values (pg_temp.user_id(1), ''create'', ''m'', ''M'', ''a/b'', ''{}'', %L)', p_column, p_value
  )
$$;

create function pg_temp.submit_with(p_arguments text, p_user integer default 1) returns text
language sql as $$
  select pg_temp.told(format('select public.submit_generation(%s, p_user_id => pg_temp.user_id(%s))', p_arguments, p_user))
$$;

select is(
  pg_temp.submit_with(format(v.arguments, repeat(v.letter, v.times)))
  , format('PT400 %s bytes long, more than %s / Pass less. The owner can raise settings.%s.', v.told, v.most, v.setting)
  , v.arguments
)
from (
  values
  ($$'a/%s', '{}'$$, 'b', 1023, 'replicate_model is 1025', 1024, 'max_name_bytes'),
  ($$'a/%s', '{}'$$, 'b', 10000000, 'replicate_model is 10000002', 1024, 'max_name_bytes'),
  ($$'a/b', '{}', p_model_id => '%s'$$, 'b', 1025, 'model_id is 1025', 1024, 'max_name_bytes'),
  ($$'a/b', '{}', p_model_name => '%s'$$, 'я', 513, 'model_name is 1026', 1024, 'max_name_bytes'),
  ($$'a/b', '{}', p_action => '%s'$$, 'b', 2000, 'action is 2000', 1024, 'max_name_bytes'),
  ($$'a/b', '{}', p_idempotency_key => '%s'$$, 'b', 5000, 'idempotency_key is 5000', 1024, 'max_name_bytes'),
  ($$'a/b', '{}', p_prompt => '%s'$$, 'b', 200001, 'prompt is 200001', 200000, 'max_prompt_bytes'),
  ($$'a/b', '{"prompt": "%s"}'$$, 'b', 200001, 'prompt is 200001', 200000, 'max_prompt_bytes')
) as v (arguments, letter, times, told, most, setting);
select is(
  pg_temp.submit_with(format($$'a/b', '{"x": "%s"}'$$, repeat('b', v.times)))
  , format('PT400 the input is %s / Pass files as URLs, not as data. The owner can raise settings.max_input_bytes.', v.told), v.told
)
from (
  values (6000000, 'larger than 1000000 bytes'), (1000000, '1000009 bytes long, more than 1000000')
) as v (times, told);
select is(
  pg_temp.submit_with($$'a/b', '{"seed": 1e5000}'$$)
  , 'PT400 the input has a number that is out of the range of a double (1.8e308) / Pass a smaller number, or a string.', 'a number'
);
select matches(
  pg_temp.submit_with(format($$'a/b', '{}', p_settings => '{"x": "%s"}'$$, repeat('b', 1000001)))
  , '^PT400 settings is 10000\d\d bytes long, more than 1000000 /', 'settings'
);
select is(
  pg_temp.told(pg_temp.insert_one('prompt', repeat('b', 50000000)))
  , 'PT400 prompt is 50000000 bytes long, more than 200000 / Pass less. The owner can raise settings.max_prompt_bytes.'
  , 'a plain insert'
);
select matches(
  pg_temp.told(pg_temp.insert_one(c, repeat('b', 1000001))), format('^PT400 %s is 1000001 bytes long, more than 1000000 /', c), c
)
from (values ('input_image_url'), ('input_video_url')) as v (c);
select matches(
  pg_temp.told($$insert into public.generations (user_id, action, model_id, model_name, replicate_model, replicate_input)
  values (pg_temp.user_id(1), 'create', 'm', 'M', 'a/b', ('{"x": ' || repeat('[', 1500) || repeat(']', 1500) || '}')::jsonb)$$)
  , '^PT400 the input is nested deeper than 64 levels /', '1,500 nested lists'
);
select is((select count(*) from public.generations), 0::bigint, 'nothing was left behind');

-- one bad item of a set spoils no other
select results_eq(
  $$select s.nth, s.id is not null, s.error ->> 'code', s.error ->> 'message' from public.submit_generations(jsonb_build_array(
    jsonb_build_object('replicate_model', 'a/b', 'input', '{}'::jsonb, 'user_id', pg_temp.user_id(1)),
    jsonb_build_object('replicate_model', 'a/b', 'input', '{"seed": 1e5000}'::jsonb, 'user_id', pg_temp.user_id(2)),
    jsonb_build_object('replicate_model', E'a/b\r\nx: y', 'input', '{}'::jsonb, 'user_id', pg_temp.user_id(3)),
    jsonb_build_object('replicate_model', 'a/b', 'input', '{}'::jsonb, 'user_id', E'no\nuuid')
  )) as s order by s.nth$$,
  $$values (1, true, null::text, null::text)
  , (2, false, 'PT400', 'the input has a number that is out of the range of a double (1.8e308)')
  , (3, false, 'PT400', 'unknown model syntax: ''a/b  x: y''')
  , (4, false, 'PT400', 'invalid input syntax for type uuid: "no uuid"')$$, 'each has its own answer'
);

select basepool.configure('{"max_input_bytes": 3000000, "max_input_depth": 100}');
select is(
  pg_temp.submit_with(format($$'a/b', '{"x": "%s"}'$$, repeat('b', 2900000)), 4), 'let in', 'the owner lets more in'
);
select throws_ok($$select basepool.configure('{"max_input_bytes": 3000001}')$$, 'TP009');
-- where the app's inserts are its own, so are their sizes
select basepool.cut_over('*', 0);
select is(pg_temp.told(pg_temp.insert_one('prompt', repeat('b', 300000))), 'let in', 'the app''s own rows are the app''s');

select * from finish();
rollback;
