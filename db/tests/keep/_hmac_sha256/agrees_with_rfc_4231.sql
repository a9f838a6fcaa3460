-- the test cases of RFC 4231 (5 is truncated there, and compared as far as it is given)
begin;
select plan(8);

create temporary table vectors (name text, key bytea, data bytea, mac text);
insert into vectors values
(
  '1', decode(repeat('0b', 20), 'hex'), 'Hi There'
  , 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'
),
('2: a short key', 'Jefe', 'what do ya want for nothing?', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'),
(
  '3', decode(repeat('aa', 20), 'hex'), decode(repeat('dd', 50), 'hex')
  , '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'
),
(
  '4', decode('0102030405060708090a0b0c0d0e0f10111213141516171819', 'hex'), decode(repeat('cd', 50), 'hex')
  , '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b'
),
('5: truncated', decode(repeat('0c', 20), 'hex'), 'Test With Truncation', 'a3b6167473100ee06e0c796c2955552b'),
(
  '6: a key longer than a block', decode(repeat('aa', 131), 'hex'), 'Test Using Larger Than Block-Size Key - Hash Key First'
  , '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54'
),
(
  '7: both are longer', decode(repeat('aa', 131), 'hex')
  , convert_to(
    'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being '
    || 'used by the HMAC algorithm.', 'UTF8'
  )
  , '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2'
);
select is(left(encode(basepool._hmac_sha256(v.key, v.data), 'hex'), length(v.mac)), v.mac, v.name)
from vectors as v
order by v.name;
select is(
  encode(basepool._hmac_sha256('', ''), 'hex'), 'b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad', 'and of nothing'
);

select * from finish();
rollback;
