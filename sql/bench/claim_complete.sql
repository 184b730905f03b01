-- The queue's own functions for pgbench, one delivery at a time: claim it, record that it succeeded.
select d.org_id, d.id as delivery, d.endpoint_id as endpoint, d.locked_until as lease
  from helpdesk.claim_deliveries(
         1, '{1,1,1}', '{1,1,1}', 1, 1, 16777216, 30, '{}', '{}', '{}', '{}', '{}', '{}', '{}') d \gset

select r.is_recorded
  from helpdesk.record_results(
         array[:org_id::text], array[:delivery::text], array[:endpoint::text], array[:lease::timestamptz],
         '{succeeded}', '{0}', '{1000}', '{1000}', '{204}', '{""}', '{""}') r;
