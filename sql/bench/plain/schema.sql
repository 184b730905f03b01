-- The limit that scripts/bench gives ratios to: the same data in a schema that has only what the
-- operations need: keys and foreign keys, and the indexes that the operations use; no checks, no
-- idempotency, no audit.

create table organizations (id bigint primary key, name text not null);
create table users (
  id bigint primary key,
  org_id bigint not null references organizations,
  name text not null,
  email text not null,
  role text not null,
  unique (org_id, email)
);
-- A key and the times of its last hundred requests, as a ring. A request that would replace a time from
-- the last minute is one too many.
create unlogged table keys (
  id bigint primary key,
  org_id bigint not null,
  hits timestamptz[] not null default array_fill('-infinity'::timestamptz, array[100]),
  next int not null default 1
) with (fillfactor = 40);
alter table keys alter hits set storage plain;

create table counters (
  org_id bigint primary key references organizations,
  last_number int not null,
  open int not null
) with (fillfactor = 20);
create table tickets (
  id bigint generated always as identity primary key,
  org_id bigint not null references organizations,
  number int not null,
  subject text not null,
  description text not null,
  status text not null default 'OPEN',
  priority text not null,
  source text not null default 'API',
  tags text[] not null,
  created_by bigint not null references users,
  assignee_id bigint references users,
  merged_into_id bigint,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  resolved_at timestamptz,
  closed_at timestamptz,
  unique (org_id, number)
) with (fillfactor = 85);
create table comments (
  id bigint generated always as identity primary key,
  ticket_id bigint not null references tickets,
  author_id bigint not null references users,
  content text not null,
  created_at timestamptz not null
);
create index on comments (ticket_id, id);

create table conversations (
  id bigint primary key,
  org_id bigint not null references organizations,
  status text not null default 'active',
  visitor_name text not null,
  updated_at timestamptz not null
) with (fillfactor = 80);
create table messages (
  id bigint generated always as identity primary key,
  conversation_id bigint not null references conversations,
  sender_type text not null,
  content text not null,
  created_at timestamptz not null
);
create index on messages (conversation_id, id);

create table endpoints (
  id bigint primary key,
  org_id bigint not null references organizations,
  url text not null,
  events text[] not null
);
create index on endpoints (org_id);
create table events (
  id bigint generated always as identity primary key,
  org_id bigint not null,
  ticket_id bigint references tickets,
  type text not null,
  body text not null,
  created_at timestamptz not null
);
create table deliveries (
  id bigint generated always as identity primary key,
  endpoint_id bigint not null references endpoints,
  event_id bigint not null references events,
  state text not null default 'pending',
  attempts int not null default 0,
  next_attempt_at timestamptz,
  locked_until timestamptz,
  finished_at timestamptz
) with (fillfactor = 70);
create index on deliveries (next_attempt_at) where state = 'pending';
create table attempts (
  delivery_id bigint not null references deliveries,
  number int not null,
  started_at timestamptz not null,
  duration interval not null,
  status int,
  primary key (delivery_id, number)
);

-- The same amount of data as in seed.sql.
insert into organizations select n, 'Bench ' || n from generate_series(1, 20) n;
insert into users
select (o.id - 1) * 51 + n, o.id, 'client' || n, 'client' || n || '@example.com', 'client'
  from organizations o, generate_series(1, 50) n
union all
select o.id * 51, o.id, 'Agent', 'agent@example.com', 'agent' from organizations o;
insert into keys (id, org_id) select n, (n - 1) / 1000 + 1 from generate_series(1, 20000) n;
insert into counters select id, 500, 500 from organizations;
insert into tickets (org_id, number, subject, description, priority, tags, created_by, assignee_id, created_at, updated_at)
select o.id, n, 'The login page shows a blank screen, case ' || n,
       repeat('When I try to log in using Safari, nothing happens. ', 6),
       (array['LOW', 'MEDIUM', 'HIGH', 'URGENT'])[n % 4 + 1], array['bug', 'safari'],
       (o.id - 1) * 51 + n % 50 + 1, case when n % 2 = 0 then o.id * 51 end, at, at
  from organizations o, generate_series(1, 500) n,
       lateral (select now() - (500 - n) * interval '1 minute' as at) clock
 order by o.id, n;
insert into comments (ticket_id, author_id, content, created_at)
select t.id, t.created_by, 'Comment ' || n || ': thank you for the report, we have identified the cause.',
       t.created_at + n * interval '1 second'
  from tickets t, generate_series(1, 3) n order by t.id, n;
insert into conversations
select n, (n - 1) / 50 + 1, 'active', 'Visitor ' || n, now() from generate_series(1, 1000) n;
vacuum (analyze, freeze);
