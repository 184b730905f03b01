-- Invitations: one-time links with which people set their passwords. And more of the audit trail.

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

-- The staff of an organization by name, however many clients it has.
create index users_staff_idx on helpdesk.users (org_id, lower(name), id) where role <> 'client';

alter table helpdesk.audit_events
  add column detail text,
  add constraint audit_events_detail_check check (char_length(detail) between 1 and 254);
comment on column helpdesk.audit_events.detail is
  'What somebody or something was made, such as a role; null where the action says all.';

create index audit_events_action_idx on helpdesk.audit_events (org_id, action, id);
create index audit_events_actor_idx on helpdesk.audit_events (org_id, coalesce(actor_id, ''), id);
