-- What the operator's page reads by time is not read account by account.

create index spending_hour_idx on basepool.spending (hour);
