-- Tickets and their comments.

create table helpdesk.ticket_counters (
  org_id text collate "C" not null,
  last_number int not null default 0,
  open int not null default 0,
  in_progress int not null default 0,
  waiting int not null default 0,
  resolved int not null default 0,
  closed int not null default 0,
  constraint ticket_counters_pkey primary key (org_id),
  constraint ticket_counters_org_id_fkey
    foreign key (org_id) references helpdesk.organizations (id),
  constraint ticket_counters_check
    check (least(last_number, open, in_progress, waiting, resolved, closed) >= 0)
) with (fillfactor = 20, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);
comment on table helpdesk.ticket_counters is
  'Per organization: the last ticket number given, and how many tickets have each status. Moves with the ticket, so that a list''s total never counts rows.';

create table helpdesk.tickets (
  org_id text collate "C" not null,
  id text collate "C" not null,
  number int not null,
  subject text not null,
  description text not null,
  status text not null default 'OPEN',
  priority text not null default 'MEDIUM',
  source text not null default 'API',
  tags text[] not null default '{}',
  created_by text collate "C" not null,
  assignee_id text collate "C",
  merged_into_id text collate "C",
  created_at timestamptz not null,
  updated_at timestamptz not null,
  resolved_at timestamptz,
  closed_at timestamptz,
  comment_count int not null default 0,
  constraint tickets_pkey primary key (org_id, id),
  constraint tickets_number_key unique (org_id, number),
  -- A creator belongs to the organization, so it needs no foreign key of its own.
  constraint tickets_created_by_fkey
    foreign key (org_id, created_by) references helpdesk.users (org_id, id),
  constraint tickets_assignee_id_fkey
    foreign key (org_id, assignee_id) references helpdesk.users (org_id, id),
  constraint tickets_merged_into_id_fkey
    foreign key (org_id, merged_into_id) references helpdesk.tickets (org_id, id),
  constraint tickets_subject_check check (char_length(subject) between 1 and 200),
  constraint tickets_description_check check (char_length(description) between 1 and 50000),
  constraint tickets_status_check
    check (status in ('OPEN', 'IN_PROGRESS', 'WAITING', 'RESOLVED', 'CLOSED')),
  constraint tickets_priority_check check (priority in ('LOW', 'MEDIUM', 'HIGH', 'URGENT')),
  constraint tickets_source_check check (source in ('API', 'WEB', 'EMAIL', 'CHAT')),
  constraint tickets_tags_check check (cardinality(tags) <= 20),
  -- A closed ticket remembers when it was resolved; a reopened one forgets both.
  constraint tickets_resolved_at_check check (
    case status when 'RESOLVED' then resolved_at is not null
                when 'CLOSED' then true
                else resolved_at is null end
  ),
  constraint tickets_closed_at_check check ((status = 'CLOSED') = (closed_at is not null)),
  constraint tickets_merged_check check (
    merged_into_id is null or (status = 'CLOSED' and merged_into_id <> id)
  ),
  constraint tickets_comment_count_check check (comment_count >= 0)
) with (fillfactor = 85);
create index tickets_status_idx on helpdesk.tickets (org_id, status, number);
-- Deleting tickets and people: what points to them is found by index.
create index tickets_merged_into_idx on helpdesk.tickets (org_id, merged_into_id)
  where merged_into_id is not null;
create index tickets_created_by_idx on helpdesk.tickets (org_id, created_by);
create index tickets_assignee_idx on helpdesk.tickets (org_id, assignee_id)
  where assignee_id is not null;
comment on table helpdesk.tickets is 'Tickets. "Newest first" is by number, which follows creation.';
comment on column helpdesk.tickets.comment_count is
  'Its comments, so that a limit on them counts no rows. Moves with them.';

create table helpdesk.comments (
  org_id text collate "C" not null,
  id text collate "C" not null,
  ticket_id text collate "C" not null,
  author_id text collate "C" not null,
  content text not null,
  created_at timestamptz not null,
  constraint comments_pkey primary key (org_id, id),
  constraint comments_ticket_id_fkey
    foreign key (org_id, ticket_id) references helpdesk.tickets (org_id, id),
  constraint comments_author_id_fkey
    foreign key (org_id, author_id) references helpdesk.users (org_id, id),
  constraint comments_content_check check (char_length(content) between 1 and 50000)
);
create index comments_ticket_idx on helpdesk.comments (org_id, ticket_id, created_at, id);
-- A person's comments, for whoever deletes or erases the person.
create index comments_author_idx on helpdesk.comments (org_id, author_id, id);
comment on table helpdesk.comments is 'Comments; a merge moves them to the target ticket.';
