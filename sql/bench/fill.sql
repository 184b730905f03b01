-- A procedure that fills databases of scripts/bench by the functions that servers call: an organization
-- with 50 clients, an agent, tickets, 50 conversations, and 1,000 keys in public.bench_made.
set client_min_messages = warning;
drop procedure if exists public.bench_organization;
create table if not exists public.bench_made (name text, org_id text, key text);
create procedure public.bench_organization(name text, tickets int, comments int, rate_limit int)
language plpgsql as $$
declare
  org constant text := ops.create_org(name, 'pro');
  agent constant text := ops.create_user(org, 'agent@example.com', 'Agent', 'agent');
  ticket text;
  client text;
begin
  for n in 1..tickets loop
    client := format('client%s@example.com', n % 50 + 1);
    select t.id into ticket from helpdesk.create_ticket(
      org, 'The login page shows a blank screen, case ' || n,
      repeat('When I try to log in using Safari, nothing happens. ', 6),
      (array['LOW', 'MEDIUM', 'HIGH', 'URGENT'])[n % 4 + 1], array['bug', 'safari'], client) t;
    if n % 2 = 0 then
      perform helpdesk.update_ticket(
        org, ticket, null, null, null, null, null, sets_assignee => true, assignee_id => agent);
    end if;
    for i in 1..comments loop
      perform helpdesk.add_comment(
        org, ticket, 'Comment ' || i || ': thank you for the report, we have identified the cause.',
        client);
    end loop;
    -- What a transaction has updated often, counters above all, can be cleaned up when it has ended.
    if n % 100 = 0 then
      commit;
    end if;
  end loop;
  for n in 1..50 loop
    perform helpdesk.create_conversation(org, 'Visitor ' || n, null);
  end loop;
  insert into public.bench_made
  select name, org, ops.create_api_key(org, 'bench', array['*'], rate_limit)
    from generate_series(1, 1000);
end
$$;
