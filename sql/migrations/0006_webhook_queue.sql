-- The webhook worker's queue: claims take turns by endpoint, disabled endpoints are found at once,
-- and vacuum keeps up with rows that change twice in their life.

-- By endpoint alone, without the organization, so that no other index looks as good to a plan made
-- while the table was small. Retries are a queue of their own: they do not wait behind a backlog.
create index deliveries_queue_idx on helpdesk.deliveries (endpoint_id, (attempts > 0), next_attempt_at)
  where state = 'pending';
drop index helpdesk.deliveries_due_idx;

alter table helpdesk.endpoints
  add replay_from timestamptz,
  add replay_until timestamptz,
  add constraint endpoints_replay_check check ((replay_from is null) = (replay_until is null));
comment on column helpdesk.endpoints.replay_from is
  'What is held, or failed from then until replay_until, is being sent again, a little at a time.';
create index endpoints_replay_idx on helpdesk.endpoints (org_id, id)
  where replay_until is not null;
create index deliveries_failed_idx on helpdesk.deliveries (org_id, endpoint_id, finished_at)
  where state = 'failed';
create index endpoints_disabled_idx on helpdesk.endpoints (org_id, id)
  where disabled_at is not null;

alter table helpdesk.deliveries set (
  autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1,
  autovacuum_analyze_scale_factor = 0.05
);
