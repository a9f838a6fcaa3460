-- the same user is always on the same side, users are spread evenly, and more percent only add some
begin;
select plan(4);
\ir ../../helpers.psql

create temporary table buckets as
select basepool._bucket_of(md5(s.n::text)::uuid) as bucket from generate_series(1, 10000) as s (n);
select ok(bool_and(b.bucket between 0 and 9999), 'within their bounds') from buckets as b;
select ok(
  bool_and(c.users between 800 and 1200), 'as many in every tenth'
) from (select count(*) as users from buckets as b
group by b.bucket / 1000) as c;
select is((select count(distinct b.bucket / 1000) from buckets as b), 10::bigint, 'in all ten');
select is(basepool._bucket_of(null), null, 'nobody is nowhere');

select * from finish();
rollback;
