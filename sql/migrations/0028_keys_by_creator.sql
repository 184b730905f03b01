-- The keys that a person made, for whoever deletes the person.

create index api_keys_created_by_idx on helpdesk.api_keys (org_id, created_by) where created_by is not null;
