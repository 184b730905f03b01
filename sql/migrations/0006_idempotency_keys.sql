-- Idempotency keys: what requests that may be sent again have made.

-- Rows are written once, with what they tell of, and deleted a day later: no room for updates is kept,
-- and vacuum comes for a fiftieth of a day's rows.
create table helpdesk.idempotency_keys (
  org_id text collate "C" not null,
  key text collate "C" not null,
  fingerprint bytea not null,
  answer json not null,
  comments json,
  created_at timestamptz not null default clock_timestamp(),
  constraint idempotency_keys_pkey primary key (org_id, key),
  constraint idempotency_keys_key_check check (char_length(key) between 1 and 255),
  constraint idempotency_keys_fingerprint_check check (octet_length(fingerprint) = 32),
  constraint idempotency_keys_comments_check check (octet_length(comments::text) <= 1048576)
) with (autovacuum_vacuum_scale_factor = 0.02, toast.autovacuum_vacuum_scale_factor = 0.02);
create index idempotency_keys_created_at_idx on helpdesk.idempotency_keys (created_at);
comment on table helpdesk.idempotency_keys is
  'Answers of POSTs with an Idempotency-Key, kept by the function of the change for 24 hours. Refers to nothing: it is the answer as it was.';
comment on column helpdesk.idempotency_keys.fingerprint is
  'SHA-256 of the request''s method, path and body.';
comment on column helpdesk.idempotency_keys.answer is 'The answer as the API sent it, a merge''s without its comments.';
comment on column helpdesk.idempotency_keys.comments is
  'A merge''s comments in the answer, their columns by number; null when they are larger than 1 MiB.';
