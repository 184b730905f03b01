-- Deleting tickets, people and organizations: what points to a ticket is found by index, and so are a person's chats.

create index tickets_merged_into_idx on helpdesk.tickets (org_id, merged_into_id)
  where merged_into_id is not null;
create index events_ticket_idx on helpdesk.events (org_id, ticket_id) where ticket_id is not null;
create index conversations_visitor_email_idx
  on helpdesk.conversations (org_id, (helpdesk.email_key(visitor_email) collate "C"))
  where visitor_email is not null;

-- The trail tells of an organization's end after it.
alter table helpdesk.audit_events drop constraint audit_events_org_id_fkey;
