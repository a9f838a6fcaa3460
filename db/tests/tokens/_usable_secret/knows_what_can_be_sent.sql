-- what stands around a token is taken away, what can't stand in a header is none, and a reference is nobody's to bring along
begin;
select plan(3);

select results_eq(
  $$select basepool._usable_secret(t.given)
  from (values (1, 'r8_token'), (2, E'r8_token\n'), (3, E' \t r8_token\r\n'), (4, E'\ufeffr8_token'), (5, E'r8_token\u00a0')
    , (6, E'\u200br8_token\u2028'), (7, E'\u3000\x0br8_token\x0c\u0085'), (8, E'\u2060r8_token\u200d')) as t (n, given)
  order by t.n$$,
  'select ''r8_token'' from generate_series(1, 8)',
  'white space, byte order marks and invisible characters at the ends are no part of it'
);
select is_empty(
  $$select t.given from (values (''), (' '), (E'\n\n\n\n\n\n\n\n\n'), ('short'), (E'short\ufeff\ufeff\ufeff\ufeff')
    , ('r8_with a space'), (E'r8_with\nnewline'), (E'r8_with\rreturn'), (E'r8_with\ttab'), (E'r8_\u00fcmlaut'), (E'r8_\ufeff_inside'), (E'r8_\u202egnorw')
    , (E'r8_\x01control'), (E'r8_\x7fdelete'), ('r8_токен_токен'), (repeat('x', 501)), (repeat(' ', 10000)), (null)
    , ('vault:00000000-0000-0000-0000-000000000001'), (E'vault:00000000-0000-0000-0000-000000000001\n'), ('vault:whatever')
  ) as t (given) where basepool._usable_secret(t.given) is not null$$,
  'anything else is none'
);
select is_empty(
  $$select c.given from (
    select chr(s.n) as given from generate_series(1, 3000) as s (n)
    union all select chr(s.n) from generate_series(57344, 65533) as s (n)
  ) as c
  where (basepool._usable_secret('r8_token' || c.given || 'x') is not null) <> (c.given ~ '^[!-~]$')$$,
  'inside of one only printable ASCII may be'
);

select * from finish();
rollback;
