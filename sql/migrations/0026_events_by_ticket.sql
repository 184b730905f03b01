-- A ticket's events, for whoever deletes the ticket.

create index events_ticket_idx on helpdesk.events (org_id, ticket_id) where ticket_id is not null;
