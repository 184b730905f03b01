-- Tickets and chat from psql, with the same functions that the API calls, and so with their events.

create or replace function ops._check_ticket(ticket_id text) returns text
language sql stable security definer
set search_path = pg_catalog, pg_temp
return ops._found('ticket', ticket_id, (
  select o.id from helpdesk.organizations o
    join helpdesk.tickets t on t.org_id = o.id and t.id = _check_ticket.ticket_id));
comment on function ops._check_ticket is
  'For the other functions: the organization of a ticket. P0002 unless the ticket exists.';

create or replace function ops._check_conversation(conversation_id text) returns text
language sql stable security definer
set search_path = pg_catalog, pg_temp
return ops._found('conversation', conversation_id, (
  select o.id from helpdesk.organizations o
    join helpdesk.conversations c on c.org_id = o.id and c.id = _check_conversation.conversation_id));
comment on function ops._check_conversation is
  'For the other functions: the organization of a conversation. P0002 unless the conversation exists.';

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
  'For the other functions: the tags, each once and without white space around it; null for null. '
  '22023 if one is blank or has more than 50 characters, or if there are more than 20.';

create or replace function ops._checked_choice(argument text, choice text, known text[]) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (ops._checked_choices(argument, array[choice], known))[1];
end
$$;
comment on function ops._checked_choice is
  'For the other functions: the choice. 22023 if it is not known.';

create or replace function ops.create_ticket(
  org_id text, subject text, description text, created_by_email text, priority text default 'MEDIUM',
  tags text[] default '{}'
) returns json
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select ops._done(m.refusal, org_id, m.answer, m.has_due_deliveries)
    from helpdesk.create_ticket(
      ops._check_org(org_id), ops._checked_text('subject', subject, 200),
      ops._checked_text('description', description, 50000),
      ops._checked_choice('priority', upper(priority collate "C"), array['LOW', 'MEDIUM', 'HIGH', 'URGENT']),
      coalesce(ops._checked_tags(tags), '{}'), ops._checked_email('created_by_email', created_by_email)) m
$$;
comment on function ops.create_ticket is
  'Creates a ticket as POST /tickets does, and returns it. priority: LOW, MEDIUM, HIGH or URGENT.';

create or replace function ops.update_ticket(
  ticket_id text, status text default null, priority text default null, tags text[] default null,
  subject text default null, description text default null, assignee_id text default null,
  unassign boolean default false
) returns json
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select ops._done(
           m.refusal, case m.refusal when 'user_not_found' then assignee_id else ticket_id end, m.answer,
           m.has_due_deliveries)
    from helpdesk.update_ticket(
      ops._check_ticket(ticket_id), ticket_id,
      case when subject is not null then ops._checked_text('subject', subject, 200) end,
      case when description is not null then ops._checked_text('description', description, 50000) end,
      case when status is not null then ops._checked_choice(
        'status', upper(status collate "C"), array['OPEN', 'IN_PROGRESS', 'WAITING', 'RESOLVED', 'CLOSED']) end,
      case when priority is not null then ops._checked_choice(
        'priority', upper(priority collate "C"), array['LOW', 'MEDIUM', 'HIGH', 'URGENT']) end,
      ops._checked_tags(tags), assignee_id is not null or unassign, assignee_id) m
$$;
comment on function ops.update_ticket is
  'Changes a ticket as PATCH /tickets/:ticketId does, and returns it; null leaves a member as it is. '
  'assignee_id: an agent or admin of the organization.';

create or replace function ops.add_comment(ticket_id text, author_email text, content text) returns json
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select ops._done(m.refusal, ticket_id, m.answer, m.has_due_deliveries)
    from helpdesk.add_comment(
      ops._check_ticket(ticket_id), ticket_id, ops._checked_text('content', content, 50000),
      ops._checked_email('author_email', author_email)) m
$$;
comment on function ops.add_comment is 'Adds a comment to a ticket, and returns it.';

create or replace function ops.merge_tickets(ticket_id text, into_ticket_id text) returns json
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select ops._done(m.refusal, into_ticket_id, m.answer, m.has_due_deliveries)
    from helpdesk.merge_tickets(ops._check_ticket(ticket_id), ticket_id, into_ticket_id) m
$$;
comment on function ops.merge_tickets is
  'Moves a ticket''s comments to another of its organization and closes it for good. Returns the '
  'other.';

create or replace function ops.create_conversation(
  org_id text, visitor_name text, visitor_email text default null
) returns json
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select ops._done(m.refusal, org_id, m.answer)
    from helpdesk.create_conversation(
      org_id, ops._checked_text('visitor_name', visitor_name, 200),
      case when visitor_email is not null then ops._checked_email('visitor_email', visitor_email) end) m
$$;
comment on function ops.create_conversation is 'Starts a chat, and returns it.';

create or replace function ops.send_message(
  conversation_id text, content text, sender_type text default 'agent', sender_id text default null
) returns json
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select ops._done(
           m.refusal, case m.refusal when 'user_not_found' then sender_id else conversation_id end, m.answer)
    from helpdesk.send_message(
      ops._check_conversation(conversation_id), conversation_id,
      ops._checked_choice('sender_type', lower(sender_type collate "C"), array['agent', 'visitor']), sender_id,
      ops._checked_text('content', content, 10000)) m
$$;
comment on function ops.send_message is
  'Adds a message to a chat, and returns it. sender_type: agent or visitor. sender_id: an agent or '
  'admin.';

create or replace function ops.end_conversation(conversation_id text) returns json
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select ops._done(m.refusal, conversation_id, m.answer)
    from helpdesk.end_conversation(ops._check_conversation(conversation_id), conversation_id) m
$$;
comment on function ops.end_conversation is
  'Ends a chat, and returns it. One that has ended stays as it is.';
