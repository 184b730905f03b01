-- A person's comments, for whoever deletes or erases the person.

create index comments_author_idx on helpdesk.comments (org_id, author_id, id);
