-- A person's chats, by address, for whoever erases the person.

create index conversations_visitor_email_idx
  on helpdesk.conversations (org_id, (helpdesk.email_key(visitor_email) collate "C"))
  where visitor_email is not null;
