-- Which keys have sealed secrets, and a few secrets of each, are found without reading all of them.

create index endpoint_secrets_key_idx on helpdesk.endpoint_secrets (key_id, org_id, id)
  where key_id is not null;
