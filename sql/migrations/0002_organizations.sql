-- Organizations, their users and their API keys.

create table helpdesk.organizations (
  id text collate "C" not null,
  name text not null,
  plan text not null default 'FREE',
  created_at timestamptz not null default clock_timestamp(),
  constraint organizations_pkey primary key (id),
  constraint organizations_name_check check (char_length(name) between 1 and 200),
  constraint organizations_plan_check check (plan in ('FREE', 'PRO', 'ENTERPRISE'))
);
comment on table helpdesk.organizations is 'A tenant. Every other table leads with its id.';

create table helpdesk.users (
  org_id text collate "C" not null,
  id text collate "C" not null,
  name text not null,
  email text not null,
  role text not null,
  password_hash text,
  created_at timestamptz not null default clock_timestamp(),
  sessions_epoch int not null default 0,
  last_signed_in_at timestamptz,
  constraint users_pkey primary key (org_id, id),
  constraint users_org_id_fkey foreign key (org_id) references helpdesk.organizations (id),
  constraint users_name_check check (char_length(name) between 1 and 254),
  constraint users_email_check
    check (char_length(email) <= 254 and email ~ '^[^@[:space:]]+@[^@[:space:].]+([.][^@[:space:].]+)+$'),
  constraint users_role_check check (role in ('client', 'agent', 'admin'))
);
create unique index users_email_key on helpdesk.users (org_id, (helpdesk.email_key(email) collate "C"));
-- Signing in begins with an e-mail address alone, in whichever organizations it has staff.
create index users_staff_email_idx on helpdesk.users ((helpdesk.email_key(email) collate "C"))
  where role <> 'client';
-- The staff of an organization by name, however many clients it has.
create index users_staff_idx on helpdesk.users (org_id, lower(name), id) where role <> 'client';
comment on table helpdesk.users is
  'Clients who write in, agents who answer, admins who also manage settings. Unique by helpdesk.email_key of the e-mail.';
comment on column helpdesk.users.password_hash is 'scrypt, in PHC string format; null: cannot sign in.';
comment on column helpdesk.users.sessions_epoch is
  'Whatever ends all sessions of the user adds one: sessions of an earlier epoch hold no more, those made at that moment included.';
comment on column helpdesk.users.last_signed_in_at is 'To the console.';

create table helpdesk.api_keys (
  org_id text collate "C" not null,
  id text collate "C" not null,
  name text not null,
  prefix text not null,
  hash bytea not null,
  scopes text[] not null,
  rate_limit int not null default 100,
  created_by text collate "C",
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  submission text,
  constraint api_keys_pkey primary key (org_id, id),
  constraint api_keys_hash_key unique (org_id, hash),
  -- A form that is sent twice makes one key.
  constraint api_keys_submission_key unique (org_id, submission),
  constraint api_keys_org_id_fkey foreign key (org_id) references helpdesk.organizations (id),
  constraint api_keys_created_by_fkey
    foreign key (org_id, created_by) references helpdesk.users (org_id, id),
  constraint api_keys_name_check check (char_length(name) between 1 and 200),
  constraint api_keys_hash_check check (octet_length(hash) = 32),
  constraint api_keys_scopes_check check (
    cardinality(scopes) > 0
    and scopes <@ array['tickets:read', 'tickets:write', 'chat:read', 'chat:write', '*']
  ),
  constraint api_keys_rate_limit_check check (rate_limit between 1 and 1000000)
) with (fillfactor = 80);
-- The one look-up that does not know its organization. Not unique, so that the table can be
-- distributed by org_id; two keys with the same SHA-256 do not happen.
create index api_keys_hash_idx on helpdesk.api_keys (hash);
comment on table helpdesk.api_keys is 'API keys. Of a key only its SHA-256 and a prefix to recognise it are kept.';
comment on column helpdesk.api_keys.last_used_at is 'At most a minute stale.';
comment on column helpdesk.api_keys.submission is
  'The one-time number of the console''s form that made the key; null: none did.';
-- A page of the list: the live ones first, in each part the newest first.
create index api_keys_list_idx on helpdesk.api_keys (org_id, (revoked_at is null), id);
-- The keys that a person made, for whoever deletes the person.
create index api_keys_created_by_idx on helpdesk.api_keys (org_id, created_by) where created_by is not null;
