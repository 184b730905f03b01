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
  constraint endpoints_pkey primary key (org_id, id),
  constraint endpoints_org_id_fkey foreign key (org_id) references helpdesk.organizations (id),
  constraint endpoints_url_check check (char_length(url) between 1 and 2048 and url ~ '^https?://'),
  constraint endpoints_events_check check (
    cardinality(events) > 0
    and events <@ array['ticket.created', 'ticket.updated', 'ticket.commented', 'ticket.resolved',
                        'ticket.closed', 'ticket.reopened', 'ticket.merged']
  ),
  constraint endpoints_consecutive_failures_check check (consecutive_failures >= 0),
  constraint endpoints_disabled_check check ((disabled_at is null) = (disabled_reason is null))
) with (fillfactor = 80);
comment on table helpdesk.endpoints is
  'Where an organization wants its events. Disabled by hand, by the circuit breaker or by a 410.';

create table helpdesk.endpoint_secrets (
  org_id text collate "C" not null,
  id text collate "C" not null,
  endpoint_id text collate "C" not null,
  secret text not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  constraint endpoint_secrets_pkey primary key (org_id, id),
  constraint endpoint_secrets_endpoint_id_fkey
    foreign key (org_id, endpoint_id) references helpdesk.endpoints (org_id, id) on delete cascade
);
-- Of an endpoint's secrets one is current; the rotated ones live on for a day.
create unique index endpoint_secrets_current_key
  on helpdesk.endpoint_secrets (org_id, endpoint_id) where expires_at is null;
create index endpoint_secrets_endpoint_idx on helpdesk.endpoint_secrets (org_id, endpoint_id);
comment on table helpdesk.endpoint_secrets is 'Signing secrets, whsec_ and base64 of 32 random bytes.';

create table helpdesk.events (
  org_id text collate "C" not null,
  id text collate "C" not null,
  type text not null,
  ticket_id text collate "C",
  body text not null,
  created_at timestamptz not null,
  constraint events_pkey primary key (org_id, id),
  constraint events_org_id_fkey foreign key (org_id) references helpdesk.organizations (id),
  constraint events_ticket_id_fkey
    foreign key (org_id, ticket_id) references helpdesk.tickets (org_id, id),
  constraint events_type_check check (
    (type = 'webhook.test' and ticket_id is null)
    or (ticket_id is not null
        and type in ('ticket.created', 'ticket.updated', 'ticket.commented', 'ticket.resolved',
                     'ticket.closed', 'ticket.reopened', 'ticket.merged'))
  )
);
create index events_created_at_idx on helpdesk.events (created_at);
comment on table helpdesk.events is
  'What happened, written in the transaction that made it happen. body: the exact bytes every attempt sends.';

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
) with (fillfactor = 70);
create index deliveries_due_idx on helpdesk.deliveries (next_attempt_at) where state = 'pending';
create index deliveries_lease_idx on helpdesk.deliveries (locked_until) where state = 'sending';
create index deliveries_finished_idx on helpdesk.deliveries (finished_at)
  where state in ('succeeded', 'failed');
create index deliveries_held_idx on helpdesk.deliveries (org_id, endpoint_id)
  where state = 'held';
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

create function helpdesk.rfc3339(at timestamptz) returns text
language sql stable parallel safe
return to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
comment on function helpdesk.rfc3339 is
  'RFC 3339 in UTC with milliseconds, cut, not rounded: 2026-03-17T09:30:00.000Z.';
