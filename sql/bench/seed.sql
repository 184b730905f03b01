-- Data for scripts/bench: 20 organizations, each with 500 tickets of 3 comments, 50 conversations, and
-- 1,000 keys of the default limit, so many that no run reaches it; and 20 keys that one request uses up.
-- Expects an empty, migrated database.

\set ON_ERROR_STOP on
set synchronous_commit = off;
select setseed(0.5);

create table public.bench_keys (n int primary key, key text not null, hash bytea);
create table public.bench_tickets (n int primary key, org_id text not null, id text not null);
create table public.bench_conversations (n int primary key, id text not null);
create table public.bench_refused_keys (key text not null);

do $$
declare
  org text;
begin
  for i in 1..20 loop
    org := ops.create_org('Bench ' || i, 'pro');
    perform ops.create_user(org, 'agent@example.com', 'Agent', 'agent');
    insert into helpdesk.users (org_id, id, name, email, role)
    select org, helpdesk.new_id(clock_timestamp()), 'client' || n, 'client' || n || '@example.com',
           'client' from generate_series(1, 50) n;
    insert into helpdesk.tickets
      (org_id, id, number, subject, description, priority, tags, created_by, assignee_id,
       created_at, updated_at, comment_count)
    select org, helpdesk.new_id(at), n, 'The login page shows a blank screen, case ' || n,
           repeat('When I try to log in using Safari, nothing happens. ', 6),
           (array['LOW', 'MEDIUM', 'HIGH', 'URGENT'])[n % 4 + 1], array['bug', 'safari'],
           (select id from helpdesk.users
             where org_id = org and email = 'client' || n % 50 + 1 || '@example.com'),
           case when n % 2 = 0 then (
             select id from helpdesk.users where org_id = org and email = 'agent@example.com') end,
           at, at, 3
      from generate_series(1, 500) n,
           lateral (select clock_timestamp() - (500 - n) * interval '1 minute' as at) clock;
    update helpdesk.ticket_counters set last_number = 500, open = 500 where org_id = org;
    insert into helpdesk.comments (org_id, id, ticket_id, author_id, content, created_at)
    select org, helpdesk.new_id(at), t.id, t.created_by,
           'Comment ' || n || ': thank you for the report, we have identified the cause.', at
      from helpdesk.tickets t, generate_series(1, 3) n,
           lateral (select t.created_at + n * interval '1 second' as at) clock
     where t.org_id = org;
    insert into public.bench_keys (n, key)
    select (i - 1) * 1000 + n, ops.create_api_key(org, 'bench', array['*'])
      from generate_series(1, 1000) n;
    insert into public.bench_tickets
    select (i - 1) * 500 + t.number, org, t.id from helpdesk.tickets t where t.org_id = org;
    insert into helpdesk.conversations
      (org_id, id, visitor_name, created_at, updated_at, message_count)
    select org, helpdesk.new_id(clock_timestamp()), 'Visitor ' || n, clock_timestamp(),
           clock_timestamp(), 0 from generate_series(1, 50) n;
    update helpdesk.conversation_counters set active = 50 where org_id = org;
    insert into public.bench_conversations
    select (i - 1) * 50 + row_number() over (), c.id
      from helpdesk.conversations c where c.org_id = org;
    insert into public.bench_refused_keys
    select ops.create_api_key(org, 'refused', array['*'], 1);
  end loop;
end
$$;
update public.bench_keys set hash = sha256(key::bytea);
vacuum (analyze, freeze);
