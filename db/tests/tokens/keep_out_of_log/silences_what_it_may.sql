-- for the rest of the transaction; what it may not change it names
begin;
select plan(6);

set local log_statement = 'all';
set local log_min_duration_statement = 0;
set local log_parameter_max_length = -1;
select is(basepool.keep_out_of_log(), array[]::text [], 'its owner may change all');
select is(current_setting('log_statement'), 'none', 'statements');
select is(current_setting('log_parameter_max_length'), '0', 'parameters');

-- where it is not a superuser's
set local log_statement = 'all';
set local log_parameter_max_length = -1;
create role careful_owner;
grant usage, create on schema basepool to careful_owner;
alter function basepool.keep_out_of_log() owner to careful_owner;
select is(basepool.keep_out_of_log(), array['log_statement'], 'an owner who may not names what logs');
set local log_statement = 'none';
select is(basepool.keep_out_of_log(), array[]::text [], 'where nothing is logged, parameters are not either');
set local log_statement = 'all';
set local log_parameter_max_length = 0;
select is(basepool.keep_out_of_log(), array[]::text [], 'nor where they are left out');

select * from finish();
rollback;
