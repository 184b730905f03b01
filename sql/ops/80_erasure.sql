-- Erasure: deleting tickets, people's names and addresses, and organizations. Each call does a bounded part and
-- says whether it is done, so that no lock is held for long; tacohelp's commands repeat them.

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

create or replace function ops._delete_events(org_id text, ids text[]) returns void
language sql volatile
set search_path = pg_catalog, pg_temp
begin atomic
  delete from helpdesk.deliveries d where d.org_id = _delete_events.org_id and d.event_id = any (ids);
  delete from helpdesk.events e where e.org_id = _delete_events.org_id and e.id = any (ids);
end;
comment on function ops._delete_events is
  'For the other functions: deletes events, their deliveries and the attempts of these.';

create or replace function ops.delete_ticket(ticket_id text, at_most int default 1000) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  part constant int := ops._checked_part(at_most);
  gone helpdesk.tickets;
  ids text[];
begin
  select t.* into gone
    from helpdesk.organizations o
    join helpdesk.tickets t on t.org_id = o.id and t.id = delete_ticket.ticket_id;
  if not found then
    raise no_data_found using message = format('no ticket has the id %L', delete_ticket.ticket_id);
  end if;
  ids := array(
    select e.id from helpdesk.events e where e.org_id = gone.org_id and e.ticket_id = gone.id
    union all
    -- These show the ticket that the others were merged into.
    select e.id
      from helpdesk.tickets s
      join helpdesk.events e on e.org_id = s.org_id and e.ticket_id = s.id and e.type = 'ticket.merged'
     where s.org_id = gone.org_id and s.merged_into_id = gone.id
     limit part);
  if cardinality(ids) > 0 then
    perform ops._delete_events(gone.org_id, ids);
    if cardinality(ids) = part then
      return false;
    end if;
  end if;

  perform ops._require_read_committed();
  -- Nobody changes it any more, or comments on it; the organization's counters are locked last, and briefly.
  select t.* into gone from helpdesk.tickets t
   where t.org_id = gone.org_id and t.id = gone.id for update;
  if not found then
    return true;
  end if;
  delete from helpdesk.idempotency_keys k
   where k.org_id = gone.org_id
     and (k.answer ->> 'c0' = gone.id
          or k.answer ->> 'c0' in (
            select c.id from helpdesk.comments c
             where c.org_id = gone.org_id and c.ticket_id = gone.id));
  delete from helpdesk.comments c where c.org_id = gone.org_id and c.ticket_id = gone.id;
  perform ops._delete_events(gone.org_id, array(
    select e.id from helpdesk.events e where e.org_id = gone.org_id and e.ticket_id = gone.id
    union all
    select e.id
      from helpdesk.tickets s
      join helpdesk.events e on e.org_id = s.org_id and e.ticket_id = s.id and e.type = 'ticket.merged'
     where s.org_id = gone.org_id and s.merged_into_id = gone.id));
  update helpdesk.tickets t
     set merged_into_id = null, updated_at = helpdesk.next_moment(t.updated_at)
   where t.org_id = gone.org_id and t.merged_into_id = gone.id;
  delete from helpdesk.tickets t where t.org_id = gone.org_id and t.id = gone.id;
  perform ops._audit(gone.org_id, 'ticket.deleted', gone.id, '#' || gone.number);
  update helpdesk.ticket_counters c
     set open = c.open - (gone.status = 'OPEN')::int,
         in_progress = c.in_progress - (gone.status = 'IN_PROGRESS')::int,
         waiting = c.waiting - (gone.status = 'WAITING')::int,
         resolved = c.resolved - (gone.status = 'RESOLVED')::int,
         closed = c.closed - (gone.status = 'CLOSED')::int
   where c.org_id = gone.org_id;
  return true;
end
$$;
comment on function ops.delete_ticket is
  'Deletes a ticket with its comments, its events and their deliveries, and answers kept for idempotency keys. '
  'Deletes at most at_most events (1 to 100,000) and returns whether the ticket is gone: repeat it until then. '
  'Tickets that were merged into it stay, closed and no longer merged. Its number is not given again.';

create or replace function ops._without_person(text text, user_id text, email text) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
-- Two shapes of a user: members of an event's JSON, and columns by their places in an answer that was kept.
return regexp_replace(text,
  format(E'("(?:id|c[0-9]+)"\\s*:\\s*"%s"\\s*,\\s*"(?:name|c[0-9]+)"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"'
         '(\\s*,\\s*"(?:email|c[0-9]+)"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*@(?:[^"\\\\]|\\\\.)*"', user_id),
  format(E'\\1"Erased user"\\2"%s"', email), 'g');
comment on function ops._without_person is
  'For the other functions: JSON in which a user has a placeholder for a name, and this e-mail address.';

create or replace function ops.erase_user(
  user_id text, after text default null, at_most int default 1000, email text default null
) returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  part constant int := ops._checked_part(at_most);
  -- after is a step's name, a space, and the last row that the step has dealt with.
  step constant text := coalesce(split_part(erase_user.after, ' ', 1), 'attempts');
  last_id text := coalesce(substr(erase_user.after, length(split_part(erase_user.after, ' ', 1)) + 2), '');
  person helpdesk.users;
  address text;
  placeholder text;
begin
  select u.* into person
    from helpdesk.organizations o
    join helpdesk.users u on u.org_id = o.id and u.id = erase_user.user_id;
  if not found then
    raise no_data_found using message = format('no user has the id %L', erase_user.user_id);
  end if;
  address := helpdesk.email_key(coalesce(erase_user.email, person.email)) collate "C";
  placeholder := format('erased-%s@erased.invalid', person.id);

  if step = 'attempts' then
    -- Receivers may send back in any form what they got for events that show the person: that is forgotten with
    -- the events, below. Here, what any of them has said with the address.
    with page as materialized (
      select a.id, strpos(helpdesk.email_key(a.response), address) > 0 as shows
        from helpdesk.attempts a
       where a.org_id = person.org_id and a.id > last_id order by a.id limit part
    ), forgotten as (
      update helpdesk.attempts a set response = null
        from page p where p.shows and a.org_id = person.org_id and a.id = p.id
    )
    select max(p.id) into last_id from page p;
    return coalesce('attempts ' || last_id, 'keys ');
  elsif step = 'keys' then
    with page as materialized (
      select k.key, strpos(concat(k.answer, k.comments), format('"%s"', person.id)) > 0 as shows,
             c.visitor_name, c.visitor_email
        from helpdesk.idempotency_keys k
        left join helpdesk.conversations c
          on c.org_id = k.org_id and c.id = k.answer ->> 'c0'
         and helpdesk.email_key(c.visitor_email) collate "C" = address
       where k.org_id = person.org_id and k.key > last_id order by k.key limit part
    ), changed as materialized (
      select p.key,
             case when p.visitor_email is null
                  then ops._without_person(k.answer::text, person.id, placeholder)
                  else replace(replace(k.answer::text, to_json(p.visitor_email)::text,
                                       to_json(placeholder)::text),
                               to_json(p.visitor_name)::text, '"Erased user"') end as answer,
             ops._without_person(k.comments::text, person.id, placeholder) as comments
        from page p
        join helpdesk.idempotency_keys k on k.org_id = person.org_id and k.key = p.key
       where p.shows or p.visitor_email is not null
    ), forgotten as (
      update helpdesk.idempotency_keys k
         set answer = c.answer::json,
             -- Longer than may be kept, they are read anew when the answer is given again.
             comments = case when octet_length(c.comments) <= 1048576 then c.comments::json end
        from changed c where k.org_id = person.org_id and k.key = c.key
    )
    select max(p.key) into last_id from page p;
    return coalesce('keys ' || last_id, 'person ');
  elsif step = 'person' then
    update helpdesk.users u
       set name = 'Erased user', email = placeholder, password_hash = null,
           sessions_epoch = u.sessions_epoch + 1
     where u.org_id = person.org_id and u.id = person.id;
    delete from helpdesk.sessions s where s.org_id = person.org_id and s.user_id = person.id;
    delete from helpdesk.invitations i where i.org_id = person.org_id and i.user_id = person.id;
    update helpdesk.audit_events a set detail = placeholder
     where a.org_id = person.org_id and a.target_id = person.id and a.action = 'user.merged';
    update helpdesk.conversations c
       set visitor_name = 'Erased user', visitor_email = placeholder,
           updated_at = helpdesk.next_moment(c.updated_at)
     where c.org_id = person.org_id and helpdesk.email_key(c.visitor_email) collate "C" = address;
    perform ops._audit(person.org_id, 'user.erased', person.id, 'Erased user');
    return 'comments ';
  elsif step = 'comments' then
    -- Whoever has a ticket with the person's comments must not be told that it is still the same.
    with page as materialized (
      select c.id, c.ticket_id from helpdesk.comments c
       where c.org_id = person.org_id and c.author_id = person.id and c.id > last_id
       order by c.id limit part
    ), moved as (
      update helpdesk.tickets t set updated_at = helpdesk.next_moment(t.updated_at)
       where t.org_id = person.org_id and t.id in (select p.ticket_id from page p)
    )
    select max(p.id) into last_id from page p;
    return coalesce('comments ' || last_id, 'events ');
  elsif step = 'events' then
    with page as materialized (
      select e.id, strpos(e.body, format('"%s"', person.id)) > 0 as shows
        from helpdesk.events e
       where e.org_id = person.org_id and e.id > last_id order by e.id limit part
    ), changed as (
      update helpdesk.events e set body = ops._without_person(e.body, person.id, placeholder)
        from page p where p.shows and e.org_id = person.org_id and e.id = p.id
      returning e.id
    ), forgotten as (
      update helpdesk.attempts a set response = null
        from changed e
        join helpdesk.deliveries d on d.org_id = person.org_id and d.event_id = e.id
       where a.org_id = d.org_id and a.delivery_id = d.id and a.response is not null
    )
    select max(p.id) into last_id from page p;
    return 'events ' || last_id;
  end if;
  raise invalid_parameter_value using message =
    format('after must be what the call before has returned, not %L', erase_user.after);
end
$$;
comment on function ops.erase_user is
  'Puts a placeholder in the place of a person''s name and e-mail address: the user, chats under the address, stored '
  'events, answers kept for idempotency keys; forgets what receivers answered to those events, or with the address. '
  'The person can no longer sign in. Texts of tickets, comments and messages stay, and so do names on the audit '
  'trail. Looks at at_most rows (1 to 100,000) and returns where to go on: repeat it with that as after, until it '
  'returns null. email: the address that a person had who is erased already, to find what came since.';

create or replace function ops.delete_org(org_id text, confirm_name text, at_most int default 1000)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  part constant int := ops._checked_part(at_most);
  org helpdesk.organizations;
  ids text[];
begin
  select o.* into org from helpdesk.organizations o where o.id = delete_org.org_id;
  if not found then
    raise no_data_found using message = format('no organization has the id %L', delete_org.org_id);
  elsif confirm_name is distinct from org.name then
    raise invalid_parameter_value using message =
      format('the organization''s name is %L, not %L', org.name, confirm_name);
  end if;

  -- Nobody comes in any more.
  delete from helpdesk.api_keys k where k.org_id = org.id;
  delete from helpdesk.rate_limits r where r.org_id = org.id;
  delete from helpdesk.sessions s where s.org_id = org.id;
  delete from helpdesk.invitations i where i.org_id = org.id;
  update helpdesk.users u set password_hash = null
   where u.org_id = org.id and u.password_hash is not null;

  ids := array(select e.id from helpdesk.events e where e.org_id = org.id limit part);
  if cardinality(ids) > 0 then
    perform ops._delete_events(org.id, ids);
    return false;
  end if;
  delete from helpdesk.endpoints e where e.org_id = org.id;
  ids := array(select k.key from helpdesk.idempotency_keys k where k.org_id = org.id limit part);
  delete from helpdesk.idempotency_keys k where k.org_id = org.id and k.key = any (ids);
  if found then return false; end if;
  ids := array(select c.id from helpdesk.comments c where c.org_id = org.id limit part);
  delete from helpdesk.comments c where c.org_id = org.id and c.id = any (ids);
  if found then return false; end if;
  ids := array(select m.id from helpdesk.messages m where m.org_id = org.id limit part);
  delete from helpdesk.messages m where m.org_id = org.id and m.id = any (ids);
  if found then return false; end if;
  ids := array(select c.id from helpdesk.conversations c where c.org_id = org.id limit part);
  delete from helpdesk.conversations c where c.org_id = org.id and c.id = any (ids);
  if found then return false; end if;
  ids := array(
    select t.id from helpdesk.tickets t
     where t.org_id = org.id and t.merged_into_id is not null limit part);
  update helpdesk.tickets t set merged_into_id = null where t.org_id = org.id and t.id = any (ids);
  if found then return false; end if;
  ids := array(select t.id from helpdesk.tickets t where t.org_id = org.id limit part);
  delete from helpdesk.tickets t where t.org_id = org.id and t.id = any (ids);
  if found then return false; end if;
  ids := array(select u.id from helpdesk.users u where u.org_id = org.id limit part);
  delete from helpdesk.users u where u.org_id = org.id and u.id = any (ids);
  if found then return false; end if;
  ids := array(select a.id from helpdesk.audit_events a where a.org_id = org.id limit part);
  delete from helpdesk.audit_events a where a.org_id = org.id and a.id = any (ids);
  if found then return false; end if;
  delete from helpdesk.ticket_counters c where c.org_id = org.id;
  delete from helpdesk.conversation_counters c where c.org_id = org.id;
  delete from helpdesk.organizations o where o.id = org.id;
  perform ops._audit(org.id, 'organization.deleted', org.id, org.name);
  return true;
end
$$;
comment on function ops.delete_org is
  'Deletes an organization and everything it has. confirm_name: its name, or 22023. Its keys and passwords are good '
  'for nothing from the first call on. Deletes at most at_most rows of one kind (1 to 100,000) and returns whether all '
  'are gone: repeat it until then. The audit trail keeps that, and nothing else of the organization.';
