-- Tickets and chat from psql: the same functions that the API calls, and so with their events.

create or replace function ops._done(
  refusal text, id text, answer json, has_due_deliveries boolean
) returns json
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform ops._refuse(refusal, id);
  if has_due_deliveries then
    perform pg_notify('helpdesk_deliveries', '');
  end if;
  return answer;
end
$$;
comment on function ops._done is
  'For the other functions: the answer of a change, whose webhooks it sends off; raises the error for a refusal.';

create or replace function ops._org_of_ticket(ticket_id text) returns text
language sql stable
set search_path = pg_catalog, pg_temp
return (
  select t.org_id from helpdesk.organizations o
    join helpdesk.tickets t on t.org_id = o.id and t.id = _org_of_ticket.ticket_id);
comment on function ops._org_of_ticket is 'For the other functions: the organization of a ticket; null if there is none.';

create or replace function ops._org_of_conversation(conversation_id text) returns text
language sql stable
set search_path = pg_catalog, pg_temp
return (
  select c.org_id from helpdesk.organizations o
    join helpdesk.conversations c on c.org_id = o.id and c.id = _org_of_conversation.conversation_id);
comment on function ops._org_of_conversation is
  'For the other functions: the organization of a conversation; null if there is none.';

create or replace function ops._checked_email(argument text, email text) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  checked constant text := ops._checked_text(argument, email, 254);
begin
  if not ops._is_email(checked) then
    raise invalid_parameter_value using message =
      format('%s must be an address such as ada@example.com, not %L', argument, email);
  end if;
  return checked;
end
$$;
comment on function ops._checked_email is
  'For the other functions: the e-mail address without white space around it. 22023 if it is none.';

create or replace function ops._checked_tags(tags text[]) returns text[]
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  tag text;
  checked text[] := array[]::text[];
begin
  if tags is null then
    return null;
  end if;
  foreach tag in array tags loop
    tag := ops._checked_text('tags', tag, 50);
    if tag <> all (checked) then checked := checked || tag; end if;
  end loop;
  if cardinality(checked) > 20 then
    raise invalid_parameter_value using message =
      format('tags must have at most 20 elements, not %s', cardinality(checked));
  end if;
  return checked;
end
$$;
comment on function ops._checked_tags is
  'For the other functions: the tags, each once and without white space around it; null for null. 22023 if one is blank '
  'or has more than 50 characters, or if there are more than 20.';

create or replace function ops._checked_choice(argument text, choice text, known text[]) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (ops._checked_choices(argument, array[choice], known))[1];
end
$$;
comment on function ops._checked_choice is 'For the other functions: the choice. 22023 if it is not known.';

create or replace function ops.create_ticket(
  org_id text, subject text, description text, created_by_email text, priority text default 'MEDIUM',
  tags text[] default '{}'
) returns json
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  made record;
begin
  perform ops._check_org(org_id);
  select * into made from helpdesk.create_ticket(
    org_id, ops._checked_text('subject', subject, 200), ops._checked_text('description', description, 50000),
    ops._checked_choice('priority', upper(priority collate "C"), array['LOW', 'MEDIUM', 'HIGH', 'URGENT']),
    coalesce(ops._checked_tags(tags), '{}'), ops._checked_email('created_by_email', created_by_email));
  return ops._done(made.refusal, org_id, made.answer, made.has_due_deliveries);
end
$$;
comment on function ops.create_ticket is
  'Makes a ticket as POST /tickets does, and returns it. priority: LOW, MEDIUM, HIGH or URGENT.';

create or replace function ops.update_ticket(
  ticket_id text, status text default null, priority text default null, tags text[] default null,
  subject text default null, description text default null, assignee_id text default null,
  unassign boolean default false
) returns json
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  made record;
begin
  select * into made from helpdesk.update_ticket(
    ops._org_of_ticket(ticket_id), ticket_id,
    case when subject is not null then ops._checked_text('subject', subject, 200) end,
    case when description is not null then ops._checked_text('description', description, 50000) end,
    case when status is not null then ops._checked_choice(
      'status', upper(status collate "C"), array['OPEN', 'IN_PROGRESS', 'WAITING', 'RESOLVED', 'CLOSED']) end,
    case when priority is not null then ops._checked_choice(
      'priority', upper(priority collate "C"), array['LOW', 'MEDIUM', 'HIGH', 'URGENT']) end,
    ops._checked_tags(tags), assignee_id is not null or unassign, assignee_id);
  return ops._done(
    made.refusal, case made.refusal when 'user_not_found' then assignee_id else ticket_id end, made.answer, made.has_due_deliveries);
end
$$;
comment on function ops.update_ticket is
  'Changes a ticket as PATCH /tickets/:ticketId does, and returns it; null leaves a member as it is. assignee_id: an '
  'agent or admin of the organization.';

create or replace function ops.add_comment(ticket_id text, author_email text, content text) returns json
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  made record;
begin
  select * into made from helpdesk.add_comment(
    ops._org_of_ticket(ticket_id), ticket_id, ops._checked_text('content', content, 50000),
    ops._checked_email('author_email', author_email));
  return ops._done(made.refusal, ticket_id, made.answer, made.has_due_deliveries);
end
$$;
comment on function ops.add_comment is 'Adds a comment to a ticket, and returns it.';

create or replace function ops.merge_tickets(ticket_id text, into_ticket_id text) returns json
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  org_id constant text := ops._org_of_ticket(ticket_id);
  made record;
begin
  select * into made from helpdesk.merge_tickets(org_id, ticket_id, into_ticket_id);
  return ops._done(
    made.refusal, case when org_id is null then ticket_id else into_ticket_id end, made.answer, made.has_due_deliveries);
end
$$;
comment on function ops.merge_tickets is
  'Moves a ticket''s comments to another of its organization and closes it for good. Returns the other.';

create or replace function ops.create_conversation(
  org_id text, visitor_name text, visitor_email text default null
) returns json
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  made record;
begin
  select * into made from helpdesk.create_conversation(
    org_id, ops._checked_text('visitor_name', visitor_name, 200),
    case when visitor_email is not null then ops._checked_email('visitor_email', visitor_email) end);
  return ops._done(made.refusal, org_id, made.answer, made.has_due_deliveries);
end
$$;
comment on function ops.create_conversation is 'Starts a chat, and returns it.';

create or replace function ops.send_message(
  conversation_id text, content text, sender_type text default 'agent', sender_id text default null
) returns json
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  made record;
begin
  select * into made from helpdesk.send_message(
    ops._org_of_conversation(conversation_id), conversation_id,
    ops._checked_choice('sender_type', lower(sender_type collate "C"), array['agent', 'visitor']), sender_id,
    ops._checked_text('content', content, 10000));
  return ops._done(
    made.refusal, case made.refusal when 'user_not_found' then sender_id else conversation_id end, made.answer, made.has_due_deliveries);
end
$$;
comment on function ops.send_message is
  'Adds a message to a chat, and returns it. sender_type: agent or visitor. sender_id: an agent or admin.';

create or replace function ops.end_conversation(conversation_id text) returns json
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  made record;
begin
  select * into made from helpdesk.end_conversation(ops._org_of_conversation(conversation_id), conversation_id);
  return ops._done(made.refusal, conversation_id, made.answer, made.has_due_deliveries);
end
$$;
comment on function ops.end_conversation is 'Ends a chat, and returns it. One that has ended stays as it is.';
