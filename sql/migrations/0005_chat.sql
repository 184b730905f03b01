-- Live chat: conversations and their messages.

create table helpdesk.conversation_counters (
  org_id text collate "C" not null,
  active int not null default 0,
  ended int not null default 0,
  constraint conversation_counters_pkey primary key (org_id),
  constraint conversation_counters_org_id_fkey
    foreign key (org_id) references helpdesk.organizations (id),
  constraint conversation_counters_check check (least(active, ended) >= 0)
) with (fillfactor = 20, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);
comment on table helpdesk.conversation_counters is
  'Per organization: how many conversations have each status, as ticket_counters.';

create table helpdesk.conversations (
  org_id text collate "C" not null,
  id text collate "C" not null,
  status text not null default 'active',
  visitor_name text not null,
  visitor_email text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  ended_at timestamptz,
  message_count int not null default 0,
  constraint conversations_pkey primary key (org_id, id),
  constraint conversations_org_id_fkey foreign key (org_id) references helpdesk.organizations (id),
  constraint conversations_status_check check (status in ('active', 'ended')),
  constraint conversations_ended_at_check check ((status = 'ended') = (ended_at is not null)),
  constraint conversations_visitor_name_check check (char_length(visitor_name) between 1 and 200),
  constraint conversations_visitor_email_check check (char_length(visitor_email) <= 254),
  constraint conversations_message_count_check check (message_count >= 0)
) with (fillfactor = 80);
create index conversations_created_at_idx on helpdesk.conversations (org_id, created_at, id);
create index conversations_status_idx on helpdesk.conversations (org_id, status, created_at, id);
-- A person's chats, by address, for whoever erases the person.
create index conversations_visitor_email_idx
  on helpdesk.conversations (org_id, (helpdesk.email_key(visitor_email) collate "C"))
  where visitor_email is not null;
comment on table helpdesk.conversations is 'Chats of a visitor with agents. Ended for good once ended.';
comment on column helpdesk.conversations.message_count is 'Its messages, as tickets.comment_count.';

create table helpdesk.messages (
  org_id text collate "C" not null,
  id text collate "C" not null,
  conversation_id text collate "C" not null,
  sender_type text not null,
  sender_id text collate "C",
  content text not null,
  created_at timestamptz not null,
  constraint messages_pkey primary key (org_id, id),
  constraint messages_conversation_id_fkey
    foreign key (org_id, conversation_id) references helpdesk.conversations (org_id, id),
  constraint messages_sender_id_fkey
    foreign key (org_id, sender_id) references helpdesk.users (org_id, id),
  constraint messages_sender_check check (
    sender_type = 'agent' or (sender_type = 'visitor' and sender_id is null)
  ),
  constraint messages_content_check check (char_length(content) between 1 and 10000)
);
create index messages_conversation_idx
  on helpdesk.messages (org_id, conversation_id, created_at, id);
-- An agent's messages, for whoever deletes the agent.
create index messages_sender_idx on helpdesk.messages (org_id, sender_id) where sender_id is not null;
comment on table helpdesk.messages is 'Messages of a conversation, oldest first by created_at.';
