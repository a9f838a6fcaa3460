-- a typing error must not look like a pause
begin;
select plan(11);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
select throws_ok($$select basepool.pause('world')$$, 'PT400', '''world'' '''' can''t be paused');
select throws_ok($$select basepool.pause(null)$$, 'PT400', 'null '''' can''t be paused');
select throws_ok($$select basepool.pause('pool', 'acme')$$, 'PT400', '''pool'' ''acme'' can''t be paused');
select throws_ok($$select basepool.pause('account', 'sim-9')$$, 'PT404', 'there is no account ''sim-9''');
select throws_ok($$select basepool.pause('account')$$, 'PT404', 'there is no account ''''');
select throws_ok($$select basepool.pause('user', 'alice')$$, 'PT400', '''alice'' is no user''s id');
select throws_ok($$select basepool.pause('model', 'a painter')$$, 'PT400', 'unknown model syntax: ''a painter''');
select throws_ok($$select basepool.resume('model', '')$$, 'PT400', 'unknown model syntax: ''''');
select throws_ok(
  $$select basepool.pause('pool', null, '2000-01-01 00:00:00+00')$$, 'PT400', 'p_until is 2000-01-01 00:00:00+00, which is over'
);
select basepool.pause('pool', p_reason => E'a\nb\u202e' || repeat('x', 1000), p_by => E'\x1b[31mmallory');
select ok(
  (select p.reason like 'a b?xxx%' and length(p.reason) < 210 from basepool.pauses as p), 'a reason is one line that steers nothing'
);
select matches((select p.paused_by from basepool.pauses as p), '^\?\[31mmallory \(\w+\)$', 'so is who');

select * from finish();
rollback;
