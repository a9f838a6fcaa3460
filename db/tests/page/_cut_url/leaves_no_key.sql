-- a link without what it could carry
begin;
select plan(1);

select results_eq(
  $$select basepool._cut_url(u.url) from (
    values
    (1, null), (2, 'https://h.de/a.png'), (3, 'https://h.de/a.png?token=x#y'), (4, 'https://h.de/a#token'), (5, 'https://u:p@h.de/a')
    , (6, 'data:image/png;base64,AAAA'), (7, 'DATA:,secret'), (8, '?token=x'), (9, ''), (10, 'https://u:p@h.de?x=@')
  ) as u (n, url) order by u.n$$,
  array[
    null, 'https://h.de/a.png', 'https://h.de/a.png', 'https://h.de/a', 'https://h.de/a', 'data:image/png,…', 'DATA:,…', '', ''
    , 'https://h.de'
  ],
  'neither query nor fragment, nor a user, nor a file'
);

select * from finish();
rollback;
