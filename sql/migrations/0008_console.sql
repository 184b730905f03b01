-- The console: who is signed in, who tried to, who is invited, and who changed which setting.

create table helpdesk.sessions (
  org_id text collate "C" not null,
  hash bytea not null,
  user_id text collate "C" not null,
  epoch int not null,
  created_at timestamptz not null default clock_timestamp(),
  last_seen_at timestamptz not null default clock_timestamp(),
  constraint sessions_pkey primary key (org_id, hash),
  constraint sessions_user_id_fkey
    foreign key (org_id, user_id) references helpdesk.users (org_id, id) on delete cascade,
  constraint sessions_hash_check check (octet_length(hash) = 32)
) with (fillfactor = 80);
create index sessions_user_idx on helpdesk.sessions (org_id, user_id);
-- Of the one token in a browser, the organizations that it is good for.
create index sessions_hash_idx on helpdesk.sessions (hash);
create index sessions_created_at_idx on helpdesk.sessions (created_at);
comment on table helpdesk.sessions is
  'Who is signed in to the console. One sign-in may have a row in several organizations, of the same hash.';
comment on column helpdesk.sessions.hash is 'SHA-256 of the token in the browser''s cookie.';
comment on column helpdesk.sessions.epoch is 'The user''s when the password was checked.';
comment on column helpdesk.sessions.last_seen_at is 'At most a minute stale.';

create unlogged table helpdesk.sign_in_attempts (
  subject bytea not null,
  hits timestamptz[] not null,
  last_at timestamptz not null,
  constraint sign_in_attempts_pkey primary key (subject),
  constraint sign_in_attempts_subject_check check (octet_length(subject) = 32)
) with (fillfactor = 60);
create index sign_in_attempts_last_at_idx on helpdesk.sign_in_attempts (last_at);
comment on table helpdesk.sign_in_attempts is
  'When passwords were tried lately, right ones too. Belongs to no organization: most of it is of people who may have none. Unlogged: a crash forgives the last 15 minutes.';
comment on column helpdesk.sign_in_attempts.subject is
  'SHA-256 of a network, of an address, or of an e-mail and an address: people type passwords into the wrong field.';

create table helpdesk.audit_events (
  org_id text collate "C" not null,
  id text collate "C" not null,
  at timestamptz not null,
  actor_id text collate "C",
  actor_name text not null,
  action text not null,
  target_id text collate "C",
  target_name text not null,
  address text,
  detail text,
  constraint audit_events_pkey primary key (org_id, id),
  constraint audit_events_action_check check (action ~ '^[a-z_]+[.][a-z_]+$'),
  constraint audit_events_actor_name_check check (char_length(actor_name) between 1 and 254),
  constraint audit_events_target_name_check check (char_length(target_name) between 1 and 254),
  constraint audit_events_detail_check check (char_length(detail) between 1 and 254)
);
create index audit_events_action_idx on helpdesk.audit_events (org_id, action, id);
create index audit_events_actor_idx on helpdesk.audit_events (org_id, coalesce(actor_id, ''), id);
comment on table helpdesk.audit_events is
  'Who changed which setting, when and from where, written by the function of the change. Names are as they were then. Refers to nothing: it tells of an organization''s end after it.';
comment on column helpdesk.audit_events.detail is
  'What somebody or something was made, such as a role; null where the action says all.';

create table helpdesk.invitations (
  org_id text collate "C" not null,
  user_id text collate "C" not null,
  created_by text collate "C",
  hash bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  submission text,
  constraint invitations_pkey primary key (org_id, user_id),
  constraint invitations_hash_key unique (org_id, hash),
  constraint invitations_user_id_fkey
    foreign key (org_id, user_id) references helpdesk.users (org_id, id) on delete cascade,
  constraint invitations_created_by_fkey
    foreign key (org_id, created_by) references helpdesk.users (org_id, id) on delete cascade,
  constraint invitations_hash_check check (octet_length(hash) = 32),
  constraint invitations_expires_at_check check (expires_at > created_at)
);
comment on table helpdesk.invitations is
  'One-time links that set a password: at most one for each user, the newest. Used or withdrawn, it is gone.';
create index invitations_created_by_idx on helpdesk.invitations (org_id, created_by);
comment on column helpdesk.invitations.created_by is
  'The admin who has the link, until it is given away: with the role or the access, it goes. Null: an operator.';
comment on column helpdesk.invitations.hash is 'SHA-256 of the link''s token.';
comment on column helpdesk.invitations.submission is
  'Which form of the console made the link; null: none did.';
