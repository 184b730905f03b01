-- Data for scripts/bench: 20 organizations, each with 500 tickets and keys of the default limit, so
-- many that no run reaches it; and 20 keys that one request uses up. Expects an empty, migrated
-- database.

\set ON_ERROR_STOP on
set synchronous_commit = off;
select setseed(0.5);
drop function if exists public.bench_organization;
\ir fill.sql

create table public.bench_keys (n int primary key, key text not null, hash bytea);
create table public.bench_tickets (n int primary key, org_id text not null, id text not null);
create table public.bench_conversations (n int primary key, id text not null);
create table public.bench_refused_keys (key text not null);

do $$
declare
  made record;
begin
  for i in 1..20 loop
    select * into made from public.bench_organization('Bench ' || i, 500, 100);
    insert into public.bench_keys (n, key, hash)
    select (i - 1) * 1000 + k.n, k.key, sha256(k.key::bytea) from unnest(made.keys) with ordinality as k (key, n);
    insert into public.bench_tickets
    select (i - 1) * 500 + t.number, t.org_id, t.id from helpdesk.tickets t where t.org_id = made.org;
    insert into public.bench_conversations
    select (i - 1) * 50 + row_number() over (), c.id
      from helpdesk.conversations c where c.org_id = made.org;
    insert into public.bench_refused_keys
    select ops.create_api_key(made.org, 'refused', array['*'], 1);
  end loop;
end
$$;
vacuum (analyze, freeze);
