-- Erasure: deletes tickets, people's names and addresses, and organizations. Each call does a bounded
-- part and says if it is done, so that no lock is held for long.

create or replace function helpdesk.delete_events(org_id text, ids text[]) returns void
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  delete from helpdesk.deliveries d where d.org_id = org_id and d.event_id = any (ids);
  delete from helpdesk.events e where e.org_id = org_id and e.id = any (ids);
end
$$;
comment on function helpdesk.delete_events is
  'Deletes events, their deliveries and the attempts of these deliveries.';

create or replace function helpdesk.delete_ticket_events(org_id text, ticket_id text, at_most int) returns int
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  ids constant text[] := array(
    select e.id from helpdesk.events e where e.org_id = org_id and e.ticket_id = ticket_id
    union all
    -- These show the ticket that the others were merged into.
    select e.id
      from helpdesk.tickets s
      join helpdesk.events e on e.org_id = org_id and e.ticket_id = s.id and e.type = 'ticket.merged'
     where s.org_id = org_id and s.merged_into_id = ticket_id
     limit at_most);
begin
  perform helpdesk.delete_events(org_id, ids);
  return cardinality(ids);
end
$$;
comment on function helpdesk.delete_ticket_events is
  'Deletes events that show a ticket, at most at_most (null: all), and returns how many.';

create or replace function helpdesk.delete_ticket(org_id text, ticket_id text, at_most int) returns boolean
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  gone record;
begin
  if helpdesk.delete_ticket_events(org_id, ticket_id, at_most) = at_most then
    return false;
  end if;
  -- Nobody changes it or comments on it any more; the organization's counters are locked last, and
  -- briefly.
  select t.number, t.status into gone from helpdesk.tickets t
   where t.org_id = org_id and t.id = ticket_id for update;
  if not found then
    return true;
  end if;
  delete from helpdesk.idempotency_keys k
   where k.org_id = org_id
     and (k.answer ->> 'id' = ticket_id
          or k.answer ->> 'id' in (
            select c.id from helpdesk.comments c where c.org_id = org_id and c.ticket_id = ticket_id));
  delete from helpdesk.comments c where c.org_id = org_id and c.ticket_id = ticket_id;
  perform helpdesk.delete_ticket_events(org_id, ticket_id, null);
  update helpdesk.tickets t
     set merged_into_id = null, updated_at = helpdesk.next_moment(t.updated_at)
   where t.org_id = org_id and t.merged_into_id = ticket_id;
  delete from helpdesk.tickets t where t.org_id = org_id and t.id = ticket_id;
  perform helpdesk.audit(org_id, null, null, 'ticket.deleted', ticket_id, '#' || gone.number);
  update helpdesk.ticket_counters c
     set open = c.open - (gone.status = 'OPEN')::int,
         in_progress = c.in_progress - (gone.status = 'IN_PROGRESS')::int,
         waiting = c.waiting - (gone.status = 'WAITING')::int,
         resolved = c.resolved - (gone.status = 'RESOLVED')::int,
         closed = c.closed - (gone.status = 'CLOSED')::int
   where c.org_id = org_id;
  return true;
end
$$;
comment on function helpdesk.delete_ticket is
  'Deletes a ticket with its comments, its events and their deliveries, and the answers kept for '
  'idempotency keys. Deletes at most at_most events and returns true once the ticket is gone: repeat '
  'it until then. Tickets that were merged into it stay, no longer merged.';

create or replace function helpdesk.without_person(text text, user_id text, email text) returns text
language plpgsql immutable as $$
#variable_conflict use_variable
begin
  -- A user has two shapes: members of an event's JSON, and columns by position in an answer that was
  -- kept.
  return regexp_replace(text,
    format(E'("(?:id|c[0-9]+)"\\s*:\\s*"%s"\\s*,\\s*"(?:name|c[0-9]+)"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"'
           '(\\s*,\\s*"(?:email|c[0-9]+)"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*@(?:[^"\\\\]|\\\\.)*"', user_id),
    format(E'\\1"Erased user"\\2"%s"', email), 'g');
end
$$;
comment on function helpdesk.without_person is
  'JSON in which a user has a placeholder in place of the name, and this e-mail address.';

create or replace function helpdesk.erase_user(
  org_id text, user_id text, after text, at_most int, email text
) returns text
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  -- after is a step's name, a space, and the last row that the step has processed.
  step constant text := coalesce(split_part(after, ' ', 1), 'attempts');
  last_id text := coalesce(substr(after, length(split_part(after, ' ', 1)) + 2), '');
  placeholder constant text := format('erased-%s@erased.invalid', user_id);
  address constant text := helpdesk.email_key(coalesce(
    email, (select u.email from helpdesk.users u where u.org_id = org_id and u.id = user_id))) collate "C";
begin
  if step = 'attempts' then
    -- A receiver may echo an event that shows the person, in any form: those responses are cleared with
    -- the events, below. This step clears every response that contains the address.
    with page as materialized (
      select a.id, strpos(helpdesk.email_key(a.response), address) > 0 as shows
        from helpdesk.attempts a
       where a.org_id = org_id and a.id > last_id order by a.id limit at_most
    ), forgotten as (
      update helpdesk.attempts a set response = null
        from page p where p.shows and a.org_id = org_id and a.id = p.id
    )
    select max(p.id) into last_id from page p;
    return coalesce('attempts ' || last_id, 'keys ');
  elsif step = 'keys' then
    with page as materialized (
      select k.key, strpos(concat(k.answer, k.comments), format('"%s"', user_id)) > 0 as shows,
             c.visitor_name, c.visitor_email
        from helpdesk.idempotency_keys k
        left join helpdesk.conversations c
          on c.org_id = org_id and c.id = k.answer ->> 'id'
         and helpdesk.email_key(c.visitor_email) collate "C" = address
       where k.org_id = org_id and k.key > last_id order by k.key limit at_most
    ), changed as materialized (
      select p.key,
             case when p.visitor_email is null
                  then helpdesk.without_person(k.answer::text, user_id, placeholder)
                  else replace(replace(k.answer::text, to_json(p.visitor_email)::text,
                                       to_json(placeholder)::text),
                               to_json(p.visitor_name)::text, '"Erased user"') end as answer,
             helpdesk.without_person(k.comments::text, user_id, placeholder) as comments
        from page p
        join helpdesk.idempotency_keys k on k.org_id = org_id and k.key = p.key
       where p.shows or p.visitor_email is not null
    ), forgotten as (
      update helpdesk.idempotency_keys k
         set answer = c.answer::json,
             -- Comments too large to be kept are read again when the answer is given again.
             comments = case when octet_length(c.comments) <= 1048576 then c.comments::json end
        from changed c where k.org_id = org_id and k.key = c.key
    )
    select max(p.key) into last_id from page p;
    return coalesce('keys ' || last_id, 'person ');
  elsif step = 'person' then
    update helpdesk.users u
       set name = 'Erased user', email = placeholder, password_hash = null,
           sessions_epoch = u.sessions_epoch + 1
     where u.org_id = org_id and u.id = user_id;
    delete from helpdesk.sessions s where s.org_id = org_id and s.user_id = user_id;
    delete from helpdesk.invitations i where i.org_id = org_id and i.user_id = user_id;
    update helpdesk.audit_events a set detail = placeholder
     where a.org_id = org_id and a.target_id = user_id and a.action = 'user.merged';
    update helpdesk.conversations c
       set visitor_name = 'Erased user', visitor_email = placeholder,
           updated_at = helpdesk.next_moment(c.updated_at)
     where c.org_id = org_id and helpdesk.email_key(c.visitor_email) collate "C" = address;
    perform helpdesk.audit(org_id, null, null, 'user.erased', user_id, 'Erased user');
    return 'comments ';
  elsif step = 'comments' then
    -- A client that has a ticket with the person's comments must not be told that it is unchanged.
    with page as materialized (
      select c.id, c.ticket_id from helpdesk.comments c
       where c.org_id = org_id and c.author_id = user_id and c.id > last_id
       order by c.id limit at_most
    ), moved as (
      update helpdesk.tickets t set updated_at = helpdesk.next_moment(t.updated_at)
       where t.org_id = org_id and t.id in (select p.ticket_id from page p)
    )
    select max(p.id) into last_id from page p;
    return coalesce('comments ' || last_id, 'events ');
  elsif step = 'events' then
    with page as materialized (
      select e.id, strpos(e.body, format('"%s"', user_id)) > 0 as shows
        from helpdesk.events e
       where e.org_id = org_id and e.id > last_id order by e.id limit at_most
    ), changed as (
      update helpdesk.events e set body = helpdesk.without_person(e.body, user_id, placeholder)
        from page p where p.shows and e.org_id = org_id and e.id = p.id
      returning e.id
    ), forgotten as (
      update helpdesk.attempts a set response = null
        from changed e
        join helpdesk.deliveries d on d.org_id = org_id and d.event_id = e.id
       where a.org_id = org_id and a.delivery_id = d.id and a.response is not null
    )
    select max(p.id) into last_id from page p;
    return 'events ' || last_id;
  end if;
  return null;
end
$$;
comment on function helpdesk.erase_user is
  'Replaces a person''s name and e-mail address with a placeholder, everywhere except on the audit '
  'trail and in texts. Looks at at_most rows and returns where to continue: repeat it with that as '
  'after, null at first, until it returns null. email: the former address of a person who is already '
  'erased; null: the user''s.';

create or replace function helpdesk.delete_organization(org_id text, at_most int) returns boolean
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  org_name constant text := (select o.name from helpdesk.organizations o where o.id = org_id);
  ids text[];
begin
  -- Nobody can sign in any more.
  delete from helpdesk.api_keys k where k.org_id = org_id;
  delete from helpdesk.rate_limits r where r.org_id = org_id;
  delete from helpdesk.sessions s where s.org_id = org_id;
  delete from helpdesk.invitations i where i.org_id = org_id;
  update helpdesk.users u set password_hash = null where u.org_id = org_id and u.password_hash is not null;

  ids := array(select e.id from helpdesk.events e where e.org_id = org_id limit at_most);
  if cardinality(ids) > 0 then
    perform helpdesk.delete_events(org_id, ids);
    return false;
  end if;
  delete from helpdesk.endpoints e where e.org_id = org_id;
  ids := array(select k.key from helpdesk.idempotency_keys k where k.org_id = org_id limit at_most);
  delete from helpdesk.idempotency_keys k where k.org_id = org_id and k.key = any (ids);
  if found then return false; end if;
  ids := array(select c.id from helpdesk.comments c where c.org_id = org_id limit at_most);
  delete from helpdesk.comments c where c.org_id = org_id and c.id = any (ids);
  if found then return false; end if;
  ids := array(select m.id from helpdesk.messages m where m.org_id = org_id limit at_most);
  delete from helpdesk.messages m where m.org_id = org_id and m.id = any (ids);
  if found then return false; end if;
  ids := array(select c.id from helpdesk.conversations c where c.org_id = org_id limit at_most);
  delete from helpdesk.conversations c where c.org_id = org_id and c.id = any (ids);
  if found then return false; end if;
  ids := array(
    select t.id from helpdesk.tickets t where t.org_id = org_id and t.merged_into_id is not null limit at_most);
  update helpdesk.tickets t set merged_into_id = null where t.org_id = org_id and t.id = any (ids);
  if found then return false; end if;
  ids := array(select t.id from helpdesk.tickets t where t.org_id = org_id limit at_most);
  delete from helpdesk.tickets t where t.org_id = org_id and t.id = any (ids);
  if found then return false; end if;
  ids := array(select u.id from helpdesk.users u where u.org_id = org_id limit at_most);
  delete from helpdesk.users u where u.org_id = org_id and u.id = any (ids);
  if found then return false; end if;
  ids := array(select a.id from helpdesk.audit_events a where a.org_id = org_id limit at_most);
  delete from helpdesk.audit_events a where a.org_id = org_id and a.id = any (ids);
  if found then return false; end if;
  delete from helpdesk.ticket_counters c where c.org_id = org_id;
  delete from helpdesk.conversation_counters c where c.org_id = org_id;
  delete from helpdesk.organizations o where o.id = org_id;
  perform helpdesk.audit(org_id, null, null, 'organization.deleted', org_id, org_name);
  return true;
end
$$;
comment on function helpdesk.delete_organization is
  'Deletes an organization and everything it has. Its keys and passwords stop working at the first '
  'call. Deletes at most at_most rows of one kind and returns true once all are gone: repeat it '
  'until then. The audit trail keeps the fact that it was deleted.';
