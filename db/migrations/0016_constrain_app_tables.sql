-- What 0003 promised of the rows that were there, checked without holding up anybody: readers and writers go on meanwhile.

-- nobody who reads or writes waits behind this lock, so that it may be waited for, and an autovacuum makes way
set local lock_timeout = '10s';

alter table public.generations validate constraint generations_idempotency_key_check;
