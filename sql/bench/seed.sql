-- Data for scripts/bench: 20 organizations, each with 500 tickets of 3 comments and keys of the default
-- limit, so many that no run reaches it; and 20 keys that one request uses up. Expects an empty,
-- migrated database.

\set ON_ERROR_STOP on
set synchronous_commit = off;
\ir fill.sql
select format('call public.bench_organization(%L, 500, 3, 100)', 'Bench ' || n)
  from generate_series(1, 20) n \gexec

create table public.bench_keys (n int primary key, key text not null, hash bytea);
insert into public.bench_keys
select row_number() over (order by m.org_id), m.key, sha256(m.key::bytea) from public.bench_made m;
create table public.bench_tickets (n int primary key, org_id text not null, id text not null);
insert into public.bench_tickets
select row_number() over (order by t.org_id, t.number), t.org_id, t.id from helpdesk.tickets t;
create table public.bench_conversations (n int primary key, id text not null);
insert into public.bench_conversations
select row_number() over (order by c.org_id), c.id from helpdesk.conversations c;
create table public.bench_refused_keys (key text not null);
insert into public.bench_refused_keys
select ops.create_api_key(o.id, 'refused', array['*'], 1) from helpdesk.organizations o;
vacuum (analyze, freeze);
