-- Webhooks: endpoints, the events written with each change, and a delivery for each pair of both.

create table helpdesk.endpoints (
  org_id text collate "C" not null,
  id text collate "C" not null,
  url text not null,
  events text[] not null,
  created_at timestamptz not null default clock_timestamp(),
  consecutive_failures int not null default 0,
  disabled_at timestamptz,
  disabled_reason text,
  failing_since timestamptz,
  replay_from timestamptz,
  replay_until timestamptz,
  submission text,
  deleted_at timestamptz,
  constraint endpoints_pkey primary key (org_id, id),
  -- A form that is sent twice makes one endpoint.
  constraint endpoints_submission_key unique (org_id, submission),
  constraint endpoints_org_id_fkey foreign key (org_id) references helpdesk.organizations (id),
  constraint endpoints_url_check check (char_length(url) between 1 and 2048 and url ~ '^https?://'),
  constraint endpoints_events_check check (
    cardinality(events) > 0
    and events <@ array['ticket.created', 'ticket.updated', 'ticket.commented', 'ticket.resolved',
                        'ticket.closed', 'ticket.reopened', 'ticket.merged']
  ),
  constraint endpoints_consecutive_failures_check check (consecutive_failures >= 0),
  constraint endpoints_disabled_check check ((disabled_at is null) = (disabled_reason is null)),
  constraint endpoints_replay_check check ((replay_from is null) = (replay_until is null)),
  constraint endpoints_deleted_check check (deleted_at is null or disabled_at is not null)
) with (fillfactor = 80);
comment on table helpdesk.endpoints is
  'Where an organization wants its events. Disabled by hand, by the circuit breaker or by a 410.';
comment on column helpdesk.endpoints.failing_since is
  'When the first of consecutive_failures ended, while it is enabled; then, if they or a 410 disabled it, '
  'the first of the run that did. Null where a person disabled it.';
comment on column helpdesk.endpoints.replay_from is
  'What is held, or failed from then until replay_until, is being sent again, a little at a time.';
comment on column helpdesk.endpoints.submission is
  'The one-time number of the console''s form that made the endpoint; null: none did.';
comment on column helpdesk.endpoints.deleted_at is
  'Since then nobody sees it and nothing is sent to it. Workers delete its deliveries, and at last its row.';
create index endpoints_disabled_idx on helpdesk.endpoints (org_id, id) where disabled_at is not null;
create index endpoints_replay_idx on helpdesk.endpoints (org_id, id) where replay_until is not null;
create index endpoints_deleted_idx on helpdesk.endpoints (org_id, id) where deleted_at is not null;
-- Among these few, moments ahead of the clock are looked for.
create index endpoints_failing_idx on helpdesk.endpoints (org_id, id) where failing_since is not null;

create table helpdesk.endpoint_secrets (
  org_id text collate "C" not null,
  id text collate "C" not null,
  endpoint_id text collate "C" not null,
  secret text not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  key_id text collate "C",
  constraint endpoint_secrets_pkey primary key (org_id, id),
  constraint endpoint_secrets_endpoint_id_fkey
    foreign key (org_id, endpoint_id) references helpdesk.endpoints (org_id, id) on delete cascade,
  constraint endpoint_secrets_key_id_check check (key_id ~ '^[A-Za-z0-9._-]{1,32}$'),
  constraint endpoint_secrets_secret_check
    check ((key_id is null) = starts_with(secret, 'whsec_'))
);
-- Of an endpoint's secrets one is current; the rotated ones live on for a day.
create unique index endpoint_secrets_current_key
  on helpdesk.endpoint_secrets (org_id, endpoint_id) where expires_at is null;
create index endpoint_secrets_endpoint_idx on helpdesk.endpoint_secrets (org_id, endpoint_id);
-- What a worker has to seal.
create index endpoint_secrets_plain_idx on helpdesk.endpoint_secrets (org_id, id) where key_id is null;
-- Which keys have sealed secrets, and a few secrets of each, are found without reading all of them.
create index endpoint_secrets_key_idx on helpdesk.endpoint_secrets (key_id, org_id, id)
  where key_id is not null;
comment on table helpdesk.endpoint_secrets is
  'Signing secrets, whsec_ and base64 of 32 random bytes, sealed where there is a key_id.';
comment on column helpdesk.endpoint_secrets.key_id is
  'Which of SECRET_KEYS sealed the secret: AES-256-GCM, in base64 nonce, text and tag, bound to org_id, '
  'endpoint_id and id. Null: the secret is stored in plain text.';

create table helpdesk.events (
  org_id text collate "C" not null,
  id text collate "C" not null,
  type text not null,
  ticket_id text collate "C",
  body text not null,
  created_at timestamptz not null,
  -- A server sets it for the transaction of a request that has one.
  traceparent text default nullif(current_setting('helpdesk.traceparent', true), ''),
  constraint events_pkey primary key (org_id, id),
  constraint events_org_id_fkey foreign key (org_id) references helpdesk.organizations (id),
  constraint events_ticket_id_fkey
    foreign key (org_id, ticket_id) references helpdesk.tickets (org_id, id),
  constraint events_type_check check (
    (type = 'webhook.test' and ticket_id is null)
    or (ticket_id is not null
        and type in ('ticket.created', 'ticket.updated', 'ticket.commented', 'ticket.resolved',
                     'ticket.closed', 'ticket.reopened', 'ticket.merged'))
  ),
  constraint events_traceparent_check check (octet_length(traceparent) <= 64)
);
create index events_created_at_idx on helpdesk.events (created_at);
-- A ticket's events, for whoever deletes the ticket.
create index events_ticket_idx on helpdesk.events (org_id, ticket_id) where ticket_id is not null;
comment on table helpdesk.events is
  'What happened, written in the transaction that made it happen. body: the exact bytes every attempt sends.';
comment on column helpdesk.events.traceparent is
  'The traceparent (W3C Trace Context) of the request that caused the event; null: it had none.';

create table helpdesk.deliveries (
  org_id text collate "C" not null,
  id text collate "C" not null,
  endpoint_id text collate "C" not null,
  event_id text collate "C" not null,
  state text not null,
  attempts int not null default 0,
  created_at timestamptz not null,
  next_attempt_at timestamptz,
  locked_until timestamptz,
  finished_at timestamptz,
  constraint deliveries_pkey primary key (org_id, id),
  constraint deliveries_endpoint_id_fkey
    foreign key (org_id, endpoint_id) references helpdesk.endpoints (org_id, id) on delete cascade,
  constraint deliveries_event_id_fkey
    foreign key (org_id, event_id) references helpdesk.events (org_id, id),
  constraint deliveries_attempts_check check (attempts >= 0),
  constraint deliveries_state_check
    check (state in ('pending', 'sending', 'succeeded', 'failed', 'held')),
  constraint deliveries_next_attempt_at_check
    check ((state = 'pending') = (next_attempt_at is not null)),
  constraint deliveries_locked_until_check
    check ((state = 'sending') = (locked_until is not null)),
  constraint deliveries_finished_at_check
    check ((state in ('succeeded', 'failed')) = (finished_at is not null))
) with (
  -- Vacuum keeps up with rows that change twice in their life.
  fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05
);
-- The queue: by endpoint alone, without the organization, so that no other index looks as good to a plan made
-- while the table was small. Retries are a queue of their own: they do not wait behind a backlog.
create index deliveries_queue_idx on helpdesk.deliveries (endpoint_id, (attempts > 0), next_attempt_at)
  where state = 'pending';
create index deliveries_lease_idx on helpdesk.deliveries (locked_until) where state = 'sending';
create index deliveries_finished_idx on helpdesk.deliveries (finished_at)
  where state in ('succeeded', 'failed');
-- The few that went wrong are found among the many that did not, newest first.
create index deliveries_held_idx on helpdesk.deliveries (org_id, endpoint_id, created_at)
  where state = 'held';
create index deliveries_failed_log_idx on helpdesk.deliveries (org_id, endpoint_id, created_at)
  where state = 'failed';
-- What a replay sends again.
create index deliveries_failed_idx on helpdesk.deliveries (org_id, endpoint_id, finished_at)
  where state = 'failed';
create index deliveries_endpoint_idx on helpdesk.deliveries (org_id, endpoint_id, created_at);
create index deliveries_event_idx on helpdesk.deliveries (org_id, event_id);
comment on table helpdesk.deliveries is
  'An event on its way to an endpoint. "sending" is a lease until locked_until; held: the endpoint is disabled.';

create table helpdesk.attempts (
  org_id text collate "C" not null,
  id text collate "C" not null,
  delivery_id text collate "C" not null,
  number int not null,
  started_at timestamptz not null,
  duration interval not null,
  status int,
  error text,
  response text,
  constraint attempts_pkey primary key (org_id, id),
  constraint attempts_delivery_id_fkey
    foreign key (org_id, delivery_id) references helpdesk.deliveries (org_id, id) on delete cascade,
  constraint attempts_number_check check (number > 0),
  constraint attempts_status_check check (status between 100 and 999),
  constraint attempts_outcome_check check (status is not null or error is not null),
  constraint attempts_response_check check (octet_length(response) <= 4096)
);
create index attempts_delivery_idx on helpdesk.attempts (org_id, delivery_id, number);
comment on table helpdesk.attempts is 'Each request of a delivery: its status or error in plain words.';
