-- a message is one short line, whatever is quoted in it
begin;
select plan(10);

select is(basepool._printable('a cat, кошка, 猫 🐈'), 'a cat, кошка, 猫 🐈', 'what can be read stays');
select is(basepool._printable(E'a\r\nSet-Cookie: x\tb'), 'a  Set-Cookie: x b', 'white space');
select is(basepool._printable(E'\x1b[31m\x07\x7f\u0085\u009b'), '?[31m????', 'control characters');
select is(basepool._printable(U&'a\202Egpj\2028\2029\FEFF\200B'), 'a?gpj????', 'direction, lines, nothing at all');
select is(basepool._printable(null), null, 'null');
select is(basepool._printable(repeat('x', 200)), repeat('x', 200), 'as long as it may be');
select is(basepool._printable(repeat('x', 1000000)), repeat('x', 200) || '...', 'shortened');
select is(basepool._quote('a/b' || chr(10)), '''a/b ''', 'in quotes');
select is(basepool._quote(null), 'null', 'nothing');
select is(basepool._quote(''), '''''', 'empty');

select * from finish();
rollback;
