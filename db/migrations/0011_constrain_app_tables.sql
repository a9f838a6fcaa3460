-- What 0003 promised of the rows that were there, checked without holding up anybody: readers and writers go on meanwhile.

alter table public.generations validate constraint generations_idempotency_key_check;
