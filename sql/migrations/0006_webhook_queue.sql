-- The webhook worker's queue: claims take turns by endpoint, disabled endpoints are found at once,
-- and vacuum keeps up with rows that change twice in their life.

-- By endpoint alone, without the organization, so that no other index looks as good to a plan made
-- while the table was small.
create index deliveries_queue_idx on helpdesk.deliveries (endpoint_id, next_attempt_at)
  where state = 'pending';
drop index helpdesk.deliveries_due_idx;
create index endpoints_disabled_idx on helpdesk.endpoints (org_id, id)
  where disabled_at is not null;

alter table helpdesk.deliveries set (
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1,
  autovacuum_analyze_scale_factor = 0.05
);
