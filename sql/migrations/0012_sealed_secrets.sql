-- Signing secrets are sealed at rest, where the servers have a key.

alter table helpdesk.endpoint_secrets
  add column key_id text collate "C",
  add constraint endpoint_secrets_key_id_check check (key_id ~ '^[A-Za-z0-9._-]{1,32}$'),
  add constraint endpoint_secrets_secret_check
    check ((key_id is null) = starts_with(secret, 'whsec_'));
comment on column helpdesk.endpoint_secrets.key_id is
  'Which of SECRET_KEYS sealed the secret: AES-256-GCM, in base64 nonce, text and tag, bound to org_id, '
  'endpoint_id and id. Null: the secret is stored in plain text.';
comment on table helpdesk.endpoint_secrets is
  'Signing secrets, whsec_ and base64 of 32 random bytes, sealed where there is a key_id.';
-- What a worker has to seal.
create index endpoint_secrets_plain_idx on helpdesk.endpoint_secrets (org_id, id) where key_id is null;
