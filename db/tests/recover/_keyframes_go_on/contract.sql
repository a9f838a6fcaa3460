-- what callers of basepool._keyframes_go_on rely on
begin;
select plan(9);

select has_function(
  'basepool', '_keyframes_go_on', array['uuid', 'text', 'timestamp with time zone', 'timestamp with time zone']::text []
);
select is(
  pg_get_function_result('basepool._keyframes_go_on(uuid, text, timestamptz, timestamptz)'::regprocedure), 'boolean', 'returns'
);
select function_lang_is(
  'basepool', '_keyframes_go_on', array['uuid', 'text', 'timestamp with time zone', 'timestamp with time zone']::text []
  , 'sql'
);
select volatility_is(
  'basepool', '_keyframes_go_on', array['uuid', 'text', 'timestamp with time zone', 'timestamp with time zone']::text []
  , 'stable'
);
select isnt_definer(
  'basepool', '_keyframes_go_on', array['uuid', 'text', 'timestamp with time zone', 'timestamp with time zone']::text []
);
select function_privs_are(
  'basepool', '_keyframes_go_on', array['uuid', 'text', 'timestamp with time zone', 'timestamp with time zone']::text []
  , 'anon', array[]::text []
);
select function_privs_are(
  'basepool', '_keyframes_go_on', array['uuid', 'text', 'timestamp with time zone', 'timestamp with time zone']::text []
  , 'authenticated', array[]::text []
);
select function_privs_are(
  'basepool', '_keyframes_go_on', array['uuid', 'text', 'timestamp with time zone', 'timestamp with time zone']::text []
  , 'service_role', array[]::text []
);
select function_privs_are(
  'basepool', '_keyframes_go_on', array['uuid', 'text', 'timestamp with time zone', 'timestamp with time zone']::text []
  , 'basepool_glue', array[]::text []
);

select * from finish();
rollback;
