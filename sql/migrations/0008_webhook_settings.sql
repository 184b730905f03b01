-- Settings → Webhooks: deleting endpoints, a little at a time, and a log of deliveries by state.

alter table helpdesk.endpoints
  add column submission text,
  add column deleted_at timestamptz,
  add constraint endpoints_submission_key unique (org_id, submission),
  add constraint endpoints_deleted_check check (deleted_at is null or disabled_at is not null);
comment on column helpdesk.endpoints.submission is
  'Which form of the console made the endpoint; null: none did.';
comment on column helpdesk.endpoints.deleted_at is
  'Since then nobody sees it and nothing is sent to it. Workers delete its deliveries, and at last its row.';
create index endpoints_deleted_idx on helpdesk.endpoints (org_id, id) where deleted_at is not null;

-- The few that went wrong are found among the many that did not, newest first.
drop index helpdesk.deliveries_held_idx;
create index deliveries_held_idx on helpdesk.deliveries (org_id, endpoint_id, created_at)
  where state = 'held';
create index deliveries_failed_log_idx on helpdesk.deliveries (org_id, endpoint_id, created_at)
  where state = 'failed';
