-- Erasure: deletes tickets, people's names and addresses, and organizations. Each call does a bounded
-- part and says if it is done, so that no lock is held for long; tacohelp's commands repeat them.

create or replace function ops._checked_part(at_most int) returns int
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if at_most between 1 and 100000 is not true then
    raise invalid_parameter_value using message =
      format('at_most must be from 1 to 100000, not %s', coalesce(at_most::text, 'null'));
  end if;
  return at_most;
end
$$;
comment on function ops._checked_part is
  'For the other functions: how many rows a part may have. 22023 unless it is from 1 to 100,000.';

create or replace function ops.delete_ticket(ticket_id text, at_most int default 1000) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  part constant int := ops._checked_part(at_most);
  org_id constant text := ops._check_ticket(ticket_id);
begin
  perform ops._require_read_committed();
  return helpdesk.delete_ticket(org_id, ticket_id, part);
end
$$;
comment on function ops.delete_ticket is
  'Deletes a ticket with its comments, its events and their deliveries, and the answers kept for '
  'idempotency keys. Deletes at most at_most events (1 to 100,000) and returns true once the ticket '
  'is gone: repeat it until then. Tickets that were merged into it stay, closed and no longer '
  'merged. Its number is not given again.';

create or replace function ops.erase_user(
  user_id text, after text default null, at_most int default 1000, email text default null
) returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  part constant int := ops._checked_part(at_most);
  org_id constant text := ops._check_user(user_id);
begin
  if after !~ '^(attempts|keys|person|comments|events) ' then
    raise invalid_parameter_value using message =
      format('after must be what the call before has returned, not %L', after);
  end if;
  return helpdesk.erase_user(org_id, user_id, after, part, email);
end
$$;
comment on function ops.erase_user is
  'Replaces a person''s name and e-mail address with a placeholder in the user, chats with the '
  'address, stored events, and answers kept for idempotency keys; forgets receivers'' answers to '
  'those events, or with the address. The person can no longer sign in. Texts of tickets, comments '
  'and messages stay, and so do names on the audit trail. Looks at at_most rows (1 to 100,000) and '
  'returns where to continue: repeat it with that as after, until it returns null. email: the former '
  'address of a person who is already erased, to find what has come since.';

create or replace function ops.delete_org(org_id text, confirm_name text, at_most int default 1000)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  part constant int := ops._checked_part(at_most);
  org_name constant text := (select o.name from helpdesk.organizations o where o.id = delete_org.org_id);
begin
  perform ops._check_org(org_id);
  if confirm_name is distinct from org_name then
    raise invalid_parameter_value using message =
      format('the organization''s name is %L, not %L', org_name, confirm_name);
  end if;
  return helpdesk.delete_organization(org_id, part);
end
$$;
comment on function ops.delete_org is
  'Deletes an organization and everything it has. confirm_name: its name, otherwise 22023. Its keys '
  'and passwords stop working at the first call. Deletes at most at_most rows of one kind (1 to '
  '100,000) and returns true once all are gone: repeat it until then. The audit trail keeps that, '
  'and nothing else of the organization.';
