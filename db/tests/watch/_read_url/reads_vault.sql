-- the URL itself, or a secret of Vault by its name, and never a secret that is none
begin;
select plan(7);
\ir ../../vault.psql

select vault.create_secret('https://hooks.example.com/services/secret', 'alerts');
select vault.create_secret('r8_not_a_url', 'token');
select is((select r.url from basepool._read_url('https://a.example.com/b') as r), 'https://a.example.com/b', 'itself');
select is((select r.url from basepool._read_url('vault:alerts') as r), 'https://hooks.example.com/services/secret', 'by its name');
select is((basepool._read_url('vault:token'))::text, '(,"what Vault has under that name is no URL")', 'a token is none');
select is((basepool._read_url('vault:other'))::text, '(,"Vault has no secret of that name")', 'none of that name');
select is((basepool._read_url(null))::text, '(,"it is not set")', 'none at all');
select is(
  basepool._hide_url('https://hooks.example.com/services/secret?key=1'), 'https://hooks.example.com/…', 'what is shown of it'
);
select is(basepool._hide_url('vault:alerts'), 'vault:alerts', 'a name is no secret');

select * from finish();
rollback;
