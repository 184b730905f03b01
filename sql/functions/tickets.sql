-- Tickets: creating, changing and merging them, and their comments.
--
-- A function that changes a ticket returns a refusal, or the answer in the form that the API shows. id
-- and updated_at repeat members of the answer. has_due_deliveries: the caller has to wake a worker.

create or replace function helpdesk.user_json(org_id text, user_id text) returns json
language plpgsql stable as $$
#variable_conflict use_variable
declare
  result json;
begin
  select row_to_json(s) into result
    from (select u.id, u.name, u.email, u.role from helpdesk.users u
           where u.org_id = org_id and u.id = user_id) s;
  return result;
end
$$;
comment on function helpdesk.user_json is
  'A user as the API and events show one; null if there is none.';

create or replace function helpdesk.ticket_json(ticket helpdesk.tickets) returns json
language plpgsql stable as $$
declare
  result json;
begin
  select row_to_json(s) into result
    from (select ticket.id, ticket.number as "ticketNumber", ticket.subject, ticket.description, ticket.status,
                 ticket.priority, ticket.source, ticket.tags, helpdesk.rfc3339(ticket.created_at) as "createdAt",
                 helpdesk.rfc3339(ticket.updated_at) as "updatedAt",
                 helpdesk.rfc3339(ticket.resolved_at) as "resolvedAt",
                 helpdesk.rfc3339(ticket.closed_at) as "closedAt", ticket.merged_into_id as "mergedIntoId",
                 helpdesk.user_json(ticket.org_id, ticket.created_by) as "createdBy",
                 case when ticket.assignee_id is not null
                      then helpdesk.user_json(ticket.org_id, ticket.assignee_id) end as assignee) s;
  return result;
end
$$;
comment on function helpdesk.ticket_json is 'A ticket as the API and events show one.';

create or replace function helpdesk.create_ticket(
  org_id text, subject text, description text, priority text, tags text[], created_by_email text,
  idempotency_key text default null, fingerprint bytea default null,
  out refusal text, out is_replay boolean, out answer json, out id text, out updated_at timestamptz,
  out has_due_deliveries boolean
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  creator_id text;
  ticket helpdesk.tickets;
begin
  is_replay := false;
  has_due_deliveries := false;
  if idempotency_key is not null then
    select k.refusal, k.is_replay, k.answer, k.id, k.updated_at into refusal, is_replay, answer, id, updated_at
      from helpdesk.find_answer(org_id, idempotency_key, fingerprint) k;
    if is_replay then
      return;
    end if;
  end if;
  creator_id := helpdesk.find_or_create_client(org_id, created_by_email);
  if creator_id is null then
    refusal := 'busy';
    return;
  end if;
  update helpdesk.ticket_counters c set last_number = c.last_number + 1, open = c.open + 1
   where c.org_id = org_id
  returning c.last_number, clock_timestamp() into ticket.number, updated_at;
  if not found then
    refusal := 'organization_not_found';
    return;
  end if;
  id := helpdesk.new_id(updated_at);
  insert into helpdesk.tickets as t
    (org_id, id, number, subject, description, priority, tags, created_by, created_at, updated_at)
  values (org_id, id, ticket.number, subject, description, priority, tags, creator_id, updated_at, updated_at)
  returning t.* into ticket;
  answer := helpdesk.ticket_json(ticket);
  has_due_deliveries := helpdesk.write_event(
    org_id, 'ticket.created', id, updated_at, '{"ticket":' || answer || '}');
  if idempotency_key is not null then
    perform helpdesk.keep_answer(org_id, idempotency_key, fingerprint, answer);
  end if;
end
$$;
comment on function helpdesk.create_ticket is
  'Creates a ticket, and its requester if nobody has the address; gives it the organization''s next '
  'number. Refusals: organization_not_found, idempotency_conflict, busy.';

create or replace function helpdesk.count_status_change(org_id text, was text, is_now text) returns void
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  -- The row is locked first: otherwise the update may check the constraint on the row's older version.
  perform from helpdesk.ticket_counters c where c.org_id = org_id for no key update;
  update helpdesk.ticket_counters c
     set open = c.open + (is_now = 'OPEN')::int - (was = 'OPEN')::int,
         in_progress = c.in_progress + (is_now = 'IN_PROGRESS')::int - (was = 'IN_PROGRESS')::int,
         waiting = c.waiting + (is_now = 'WAITING')::int - (was = 'WAITING')::int,
         resolved = c.resolved + (is_now = 'RESOLVED')::int - (was = 'RESOLVED')::int,
         closed = c.closed + (is_now = 'CLOSED')::int - (was = 'CLOSED')::int
   where c.org_id = org_id;
end
$$;
comment on function helpdesk.count_status_change is
  'Moves a ticket from the counter of one status to another''s.';

create or replace function helpdesk.update_ticket(
  org_id text, ticket_id text, subject text, description text, status text, priority text, tags text[],
  sets_assignee boolean, assignee_id text, unchanged_since bigint[] default null,
  out refusal text, out is_replay boolean, out answer json, out id text, out updated_at timestamptz,
  out has_due_deliveries boolean
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  was helpdesk.tickets;
  ticket helpdesk.tickets;
  assignee_role text;
  types text[];
  type text;
  data text;
begin
  is_replay := false;
  has_due_deliveries := false;
  select t.* into was from helpdesk.tickets t
   where t.org_id = org_id and t.id = ticket_id for no key update;
  if not found then
    refusal := 'ticket_not_found';
  elsif was.merged_into_id is not null then
    refusal := 'ticket_merged';
  elsif assignee_id is not null then
    select u.role into assignee_role from helpdesk.users u where u.org_id = org_id and u.id = assignee_id;
    refusal := case when not found then 'user_not_found' when assignee_role = 'client' then 'assignee_is_client' end;
  end if;
  if refusal is null and helpdesk.has_changed(was.updated_at, unchanged_since) then
    refusal := 'precondition_failed';
  end if;
  if refusal is not null then
    return;
  end if;

  ticket := was;
  ticket.subject := coalesce(subject, was.subject);
  ticket.description := coalesce(description, was.description);
  ticket.status := coalesce(status, was.status);
  ticket.priority := coalesce(priority, was.priority);
  ticket.tags := coalesce(tags, was.tags);
  ticket.assignee_id := case when sets_assignee then assignee_id else was.assignee_id end;
  if ticket is distinct from was then
    ticket.updated_at := helpdesk.next_moment(was.updated_at);
    ticket.resolved_at := case ticket.status
      when 'RESOLVED' then coalesce(case when was.status = 'RESOLVED' then was.resolved_at end, ticket.updated_at)
      when 'CLOSED' then was.resolved_at end;
    ticket.closed_at := case ticket.status when 'CLOSED' then coalesce(was.closed_at, ticket.updated_at) end;
    update helpdesk.tickets t
       set subject = ticket.subject, description = ticket.description, status = ticket.status,
           priority = ticket.priority, tags = ticket.tags, assignee_id = ticket.assignee_id,
           updated_at = ticket.updated_at, resolved_at = ticket.resolved_at, closed_at = ticket.closed_at
     where t.org_id = org_id and t.id = ticket_id;
    if ticket.status <> was.status then
      perform helpdesk.count_status_change(org_id, was.status, ticket.status);
    end if;
  end if;
  answer := helpdesk.ticket_json(ticket);
  id := ticket_id;
  updated_at := ticket.updated_at;
  if ticket is distinct from was then
    select format('{"ticket":%s,"changes":{%s}}', answer,
                  string_agg(format('"%s":{"from":%s,"to":%s}', m.name, coalesce(m.was, 'null'),
                                    coalesce(m.is_now, 'null')), ','))
      into data
      from (values ('status', to_json(was.status)::text, to_json(ticket.status)::text),
                   ('priority', to_json(was.priority)::text, to_json(ticket.priority)::text),
                   ('assigneeId', to_json(was.assignee_id)::text, to_json(ticket.assignee_id)::text),
                   ('tags', to_json(was.tags)::text, to_json(ticket.tags)::text),
                   ('subject', to_json(was.subject)::text, to_json(ticket.subject)::text),
                   ('description', to_json(was.description)::text, to_json(ticket.description)::text)
           ) as m (name, was, is_now)
     where m.was is distinct from m.is_now;
    types := array_remove(array[
      'ticket.updated',
      case when ticket.status = 'RESOLVED' and was.status <> 'RESOLVED' then 'ticket.resolved' end,
      case when ticket.status = 'CLOSED' and was.status <> 'CLOSED' then 'ticket.closed' end,
      case when was.status in ('RESOLVED', 'CLOSED') and ticket.status not in ('RESOLVED', 'CLOSED')
           then 'ticket.reopened' end], null);
    if cardinality(types) > 1 then
      -- Locks the endpoints of all these events at once, in the order of their ids: one event after
      -- another would lock them in a different order.
      perform from helpdesk.endpoints p
        where p.org_id = org_id and p.deleted_at is null and p.events && types order by p.id for share;
    end if;
    foreach type in array types loop
      has_due_deliveries :=
        helpdesk.write_event(org_id, type, ticket_id, updated_at, data) or has_due_deliveries;
    end loop;
  end if;
end
$$;
comment on function helpdesk.update_ticket is
  'Changes a ticket; null leaves a member as it is, and sets_assignee says if assignee_id counts. If '
  'there is no difference, nothing is written. Refusals: ticket_not_found, ticket_merged, '
  'user_not_found, assignee_is_client, precondition_failed.';

create or replace function helpdesk.comments_to_keep(org_id text, ticket_id text) returns json
language plpgsql stable as $$
#variable_conflict use_variable
declare
  most constant int := 1048576;
  result json;
begin
  -- Reads no more than may be kept.
  select coalesce(json_agg(to_json(c) order by c.c2, c.c0), '[]') into result
    from (select m.id as c0, m.content as c1, m.created_at as c2, u.id as c3, u.name as c4, u.email as c5,
                 u.role as c6
            from (select i.*, sum(octet_length(i.content)) over (
                               order by i.created_at, i.id rows unbounded preceding) as size
                    from helpdesk.comments i where i.org_id = org_id and i.ticket_id = ticket_id
                   order by i.created_at, i.id limit 1001) m
            join helpdesk.users u on u.org_id = m.org_id and u.id = m.author_id
           where m.size - octet_length(m.content) <= most) c;
  return case when octet_length(result::text) <= most then result end;
end
$$;
comment on function helpdesk.comments_to_keep is
  'The first 1,001 comments of a ticket, for the kept answer of a merge; null if they are larger '
  'than 1 MiB, which is more than a request can bring.';

create or replace function helpdesk.merge_tickets(
  org_id text, ticket_id text, into_ticket_id text, unchanged_since bigint[] default null,
  idempotency_key text default null, fingerprint bytea default null,
  out refusal text, out is_replay boolean, out answer json, out id text, out updated_at timestamptz,
  out has_due_deliveries boolean, out comments json
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  source helpdesk.tickets;
  target helpdesk.tickets;
  was text;
begin
  is_replay := false;
  has_due_deliveries := false;
  if idempotency_key is not null then
    select k.refusal, k.is_replay, k.answer, k.id, k.updated_at, k.comments
      into refusal, is_replay, answer, id, updated_at, comments
      from helpdesk.find_answer(org_id, idempotency_key, fingerprint) k;
    if is_replay then
      return;
    end if;
  end if;
  perform from helpdesk.tickets t
    where t.org_id = org_id and t.id in (ticket_id, into_ticket_id) order by t.id for no key update;
  select t.* into source from helpdesk.tickets t where t.org_id = org_id and t.id = ticket_id;
  select t.* into target from helpdesk.tickets t where t.org_id = org_id and t.id = into_ticket_id;
  refusal := case
    when source.id is null or target.id is null then 'ticket_not_found'
    when source.id = target.id then 'same_ticket'
    when source.merged_into_id is not null or target.merged_into_id is not null then 'ticket_merged'
    when source.comment_count + target.comment_count > 5000 then 'too_many_comments'
    when helpdesk.has_changed(source.updated_at, unchanged_since) then 'precondition_failed' end;
  if refusal is not null then
    return;
  end if;
  -- The longest part comes first: what follows locks the organization's counters, which others wait for.
  update helpdesk.comments m set ticket_id = target.id where m.org_id = org_id and m.ticket_id = source.id;
  updated_at := helpdesk.next_moment(greatest(source.updated_at, target.updated_at));
  was := source.status;
  target.comment_count := target.comment_count + source.comment_count;
  update helpdesk.tickets t
     set status = 'CLOSED', closed_at = coalesce(t.closed_at, updated_at), merged_into_id = target.id,
         updated_at = updated_at, comment_count = 0
   where t.org_id = org_id and t.id = source.id
  returning t.* into source;
  update helpdesk.tickets t set updated_at = updated_at, comment_count = target.comment_count
   where t.org_id = org_id and t.id = target.id
  returning t.* into target;
  if was <> 'CLOSED' then
    perform helpdesk.count_status_change(org_id, was, 'CLOSED');
  end if;
  answer := helpdesk.ticket_json(target);
  id := target.id;
  has_due_deliveries := helpdesk.write_event(
    org_id, 'ticket.merged', source.id, updated_at,
    format('{"ticket":%s,"mergedInto":%s}', helpdesk.ticket_json(source), answer));
  if idempotency_key is not null then
    perform helpdesk.keep_answer(
      org_id, idempotency_key, fingerprint, answer, helpdesk.comments_to_keep(org_id, id));
  end if;
end
$$;
comment on function helpdesk.merge_tickets is
  'Moves a ticket''s comments to another and closes the ticket for good. answer: the other ticket. '
  'comments: only for a repeated request, the comments of the first answer, if they were kept. '
  'Refusals: ticket_not_found, same_ticket, ticket_merged, too_many_comments, precondition_failed, '
  'idempotency_conflict.';

create or replace function helpdesk.add_comment(
  org_id text, ticket_id text, content text, author_email text, unchanged_since bigint[] default null,
  idempotency_key text default null, fingerprint bytea default null,
  out refusal text, out is_replay boolean, out answer json, out id text, out updated_at timestamptz,
  out has_due_deliveries boolean
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  most constant int := 5000;
  ticket helpdesk.tickets;
  author_id text;
begin
  is_replay := false;
  has_due_deliveries := false;
  if idempotency_key is not null then
    select k.refusal, k.is_replay, k.answer, k.id, k.updated_at into refusal, is_replay, answer, id, updated_at
      from helpdesk.find_answer(org_id, idempotency_key, fingerprint) k;
    if is_replay then
      return;
    end if;
  end if;
  update helpdesk.tickets t
     set updated_at = helpdesk.next_moment(t.updated_at), comment_count = t.comment_count + 1
   where t.org_id = org_id and t.id = ticket_id and t.merged_into_id is null and t.comment_count < most
     and not helpdesk.has_changed(t.updated_at, unchanged_since)
  returning t.* into ticket;
  if not found then
    select t.* into ticket from helpdesk.tickets t where t.org_id = org_id and t.id = ticket_id;
    refusal := case
      when not found then 'ticket_not_found'
      when ticket.merged_into_id is not null then 'ticket_merged'
      when ticket.comment_count >= most then 'too_many_comments'
      when helpdesk.has_changed(ticket.updated_at, unchanged_since) then 'precondition_failed'
      else 'busy' end;
    return;
  end if;
  author_id := helpdesk.find_or_create_client(org_id, author_email);
  if author_id is null then
    -- Undoes the change of the ticket: a refusal changes nothing.
    raise serialization_failure using message = 'others are making the same user';
  end if;
  updated_at := ticket.updated_at;
  id := helpdesk.new_id(updated_at);
  insert into helpdesk.comments (org_id, id, ticket_id, author_id, content, created_at)
  values (org_id, id, ticket_id, author_id, content, updated_at);
  select row_to_json(s) into answer
    from (select id as id, content as content, helpdesk.user_json(org_id, author_id) as author,
                 helpdesk.rfc3339(updated_at) as "createdAt") s;
  has_due_deliveries := helpdesk.write_event(
    org_id, 'ticket.commented', ticket_id, updated_at,
    format('{"ticket":%s,"comment":%s}', helpdesk.ticket_json(ticket), answer));
  if idempotency_key is not null then
    perform helpdesk.keep_answer(org_id, idempotency_key, fingerprint, answer);
  end if;
end
$$;
comment on function helpdesk.add_comment is
  'Adds a comment, and its author if nobody has the address; moves the ticket''s updated_at. '
  'Refusals: ticket_not_found, ticket_merged, too_many_comments, precondition_failed, '
  'idempotency_conflict, busy.';
