-- a signed-in user may use nothing of the schema basepool: what is refused is said all the same
begin;
select plan(4);
\ir ../../helpers.psql

select pg_temp.sign_in(1);
select results_eq($$
  select r.nth, r.id is not null, r.error ->> 'code', r.error ->> 'message' from public.submit_generations('[
    {"replicate_model": "acme/painter", "input": {}}, {"replicate_model": "no model", "input": {}}
    , {"replicate_model": "acme/painter", "input": {}, "action": "dance"}
    , {"replicate_model": "acme/painter", "input": {}, "workspace_id": "no\u202euuid"}
  ]') as r order by r.nth
$$, $$
  values (1, true, null, null), (2, false, 'PT400', 'unknown model syntax: ''no model''')
  , (3, false, 'PT400', 'new row for relation "generations" violates check constraint "generations_action_check"')
  , (4, false, 'PT400', 'invalid input syntax for type uuid: "no?uuid"')
$$, 'each item that is refused');
select throws_ok(
  $$select public.submit_generation('acme/painter', '{}', 'dance')$$
  , 'PT400', 'new row for relation "generations" violates check constraint "generations_action_check"', 'an action that is none'
);
select throws_ok(
  $$select public.submit_generation('acme/painter', '{}', null)$$
  , 'PT400', 'null value in column "action" of relation "generations" violates not-null constraint', 'no action'
);
select lives_ok($$select public.submit_generation('acme/painter', '{}')$$, 'and one that is taken');
select pg_temp.sign_out();

select * from finish();
rollback;
