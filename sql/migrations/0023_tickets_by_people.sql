-- Deleting tickets and people: what points to them is found by index. A table a migration, so that each is locked
-- for as long as its own indexes take.

create index tickets_merged_into_idx on helpdesk.tickets (org_id, merged_into_id)
  where merged_into_id is not null;
create index tickets_created_by_idx on helpdesk.tickets (org_id, created_by);
create index tickets_assignee_idx on helpdesk.tickets (org_id, assignee_id)
  where assignee_id is not null;
