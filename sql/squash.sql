-- Brings a database of the migrations before the first release, at their number 15 or later, to the
-- state that sql/migrations makes; what it has already is left. sql/migrations/0001_email_key.sql runs
-- before it. To be deleted with the second release.

-- The names of what these versions made and this one remakes.
insert into migrations.made (kind, identity)
select o.type, o.identity
  from unnest(array[
         'helpdesk.admit(bytea[], int[])',
         'helpdesk.new_id(timestamptz)',
         'helpdesk.next_moment(timestamptz)',
         'helpdesk.rfc3339(timestamptz)',
         'ops._add_secret(helpdesk.endpoints)',
         'ops._add_secret(helpdesk.endpoints, text, text, text)',
         'ops._audit(text, text, text, text)',
         'ops._check_delivery(text)',
         'ops._check_endpoint(text)',
         'ops._check_org(text)',
         'ops._checked_choices(text, text[], text[])',
         'ops._checked_events(text[])',
         'ops._checked_plan(text)',
         'ops._checked_text(text, text, int)',
         'ops._checked_url(text)',
         'ops._create_endpoint(text, text, text[], text)',
         'ops._create_endpoint(text, text, text[], text, text, text, text, text)',
         'ops._delete_endpoint(helpdesk.endpoints)',
         'ops._delivery(text)',
         'ops._disable_endpoint(helpdesk.endpoints, text)',
         'ops._enable_endpoint(helpdesk.endpoints, boolean)',
         'ops._hold_waiting(helpdesk.endpoints)',
         'ops._lock_endpoint(text, boolean)',
         'ops._lock_endpoint(text, boolean, text)',
         'ops._random_bytes()',
         'ops._redeliver(helpdesk.endpoints, text)',
         'ops._replay(text)',
         'ops._replay(text, text)',
         'ops._require_read_committed()',
         'ops._rotate_secret(helpdesk.endpoints)',
         'ops._rotate_secret(helpdesk.endpoints, text, text, text, text[])',
         'ops._start_replay(helpdesk.endpoints, timestamptz)',
         'ops._test_endpoint(helpdesk.endpoints)',
         'ops._update_endpoint(helpdesk.endpoints, text, text[])',
         'ops._wake_workers()',
         'ops.create_api_key(text, text, text[], int, timestamptz)',
         'ops.create_endpoint(text, text, text[])',
         'ops.create_endpoint(text, text, text[], text, text, text, text)',
         'ops.create_org(text, text)',
         'ops.create_user(text, text, text, text, text)',
         'ops.delete_endpoint(text)',
         'ops.disable_endpoint(text, text)',
         'ops.enable_endpoint(text, boolean)',
         'ops.end_sessions(text)',
         'ops.invite_user(text)',
         'ops.prune_rate_limits()',
         'ops.redeliver(text)',
         'ops.redeliver_failed(text, timestamptz)',
         'ops.redeliver_failed(text, timestamptz, int)',
         'ops.redeliver_failed(text, timestamptz, int, timestamptz)',
         'ops.revoke_api_key(text)',
         'ops.rotate_secret(text)',
         'ops.rotate_secret(text, text, text, text, text[])',
         'ops.set_plan(text, text)',
         'ops.test_endpoint(text)',
         'ops.update_endpoint(text, text, text[])'
       ]) as known (signature)
 cross join lateral pg_identify_object('pg_proc'::regclass, to_regprocedure(known.signature), 0) o
 where to_regprocedure(known.signature) is not null
union all
select o.type, o.identity
  from unnest(array[
         'ops.api_keys',
         'ops.attempts',
         'ops.audit_trail',
         'ops.deliveries',
         'ops.delivery_queue',
         'ops.endpoint_health',
         'ops.endpoints',
         'ops.organizations_at_a_glance',
         'ops.rate_limit_use'
       ]) as known (name)
 cross join lateral pg_identify_object('pg_class'::regclass, to_regclass(known.name), 0) o
 where to_regclass(known.name) is not null
on conflict do nothing;

-- Users of an organization whose addresses were two by the database's locale and are one by
-- helpdesk.email_key become one.

-- Nobody makes or changes a user meanwhile; reading goes on, and so do tickets of users who are there.
lock table helpdesk.users in share row exclusive mode;

-- The user who can sign in stays, else the one with the higher role, else the oldest.
create table helpdesk.same_users as
select u.org_id, u.id, u.email, s.id as kept_id, s.name as kept_name
  from (
    select org_id, id, email,
           first_value(id) over same as kept_id
      from helpdesk.users
    window same as (
      partition by org_id, helpdesk.email_key(email) collate "C"
      order by (role <> 'client' and password_hash is not null) desc,
               array_position(array['admin', 'agent', 'client'], role), created_at, id)
  ) u
  join helpdesk.users s on s.org_id = u.org_id and s.id = u.kept_id
 where u.id <> u.kept_id;

do $$
begin
  if not exists (select from helpdesk.same_users) then
    return;
  end if;
  -- From here on no row can begin to point to one of them: foreign keys wait for this lock.
  perform from helpdesk.users u join helpdesk.same_users s on s.org_id = u.org_id and s.id = u.id
      for update of u;
  update helpdesk.tickets t set created_by = s.kept_id
    from helpdesk.same_users s where t.org_id = s.org_id and t.created_by = s.id;
  update helpdesk.tickets t set assignee_id = s.kept_id
    from helpdesk.same_users s where t.org_id = s.org_id and t.assignee_id = s.id;
  update helpdesk.comments c set author_id = s.kept_id
    from helpdesk.same_users s where c.org_id = s.org_id and c.author_id = s.id;
  update helpdesk.messages m set sender_id = s.kept_id
    from helpdesk.same_users s where m.org_id = s.org_id and m.sender_id = s.id;
  update helpdesk.api_keys k set created_by = s.kept_id
    from helpdesk.same_users s where k.org_id = s.org_id and k.created_by = s.id;
  update helpdesk.invitations i set created_by = s.kept_id
    from helpdesk.same_users s where i.org_id = s.org_id and i.created_by = s.id;
  update helpdesk.audit_events a set actor_id = s.kept_id
    from helpdesk.same_users s where a.org_id = s.org_id and a.actor_id = s.id;
  update helpdesk.audit_events a set target_id = s.kept_id
    from helpdesk.same_users s where a.org_id = s.org_id and a.target_id = s.id;
  insert into helpdesk.audit_events
    (org_id, id, at, actor_name, action, target_id, target_name, detail)
  select org_id, helpdesk.new_id(clock_timestamp()), clock_timestamp(), 'an operator', 'user.merged', kept_id,
         kept_name, email
    from helpdesk.same_users;
  -- Sessions and links of theirs go with them: they would be good for what another user may do.
  delete from helpdesk.users u
   using helpdesk.same_users s where u.org_id = s.org_id and u.id = s.id;
end
$$;
drop table helpdesk.same_users;


drop index if exists helpdesk.users_email_folded_key, helpdesk.users_staff_email_folded_idx;
drop index helpdesk.users_email_key, helpdesk.users_staff_email_idx;
create unique index users_email_key on helpdesk.users (org_id, (helpdesk.email_key(email) collate "C"));
create index users_staff_email_idx on helpdesk.users ((helpdesk.email_key(email) collate "C"))
  where role <> 'client';

-- Every ticket counts its comments, and every conversation its messages.

lock table helpdesk.tickets, helpdesk.comments, helpdesk.conversations, helpdesk.messages
  in share row exclusive mode;
alter table helpdesk.tickets add column if not exists comment_count int;
alter table helpdesk.conversations add column if not exists message_count int;
update helpdesk.tickets t
   set comment_count = (select count(*) from helpdesk.comments c where c.org_id = t.org_id and c.ticket_id = t.id)
 where t.comment_count is null;
update helpdesk.conversations c
   set message_count = (select count(*) from helpdesk.messages m
                         where m.org_id = c.org_id and m.conversation_id = c.id)
 where c.message_count is null;
alter table helpdesk.tickets
  alter comment_count set default 0, alter comment_count set not null,
  drop constraint if exists tickets_comment_count_check,
  add constraint tickets_comment_count_check check (comment_count >= 0),
  -- tickets_created_by_fkey implies it.
  drop constraint tickets_org_id_fkey;
alter table helpdesk.conversations
  alter message_count set default 0, alter message_count set not null,
  drop constraint if exists conversations_message_count_check,
  add constraint conversations_message_count_check check (message_count >= 0);

-- Since when an endpoint has been failing: as many failures back as are counted.

alter table helpdesk.endpoints add column if not exists failing_since timestamptz;
create index if not exists endpoints_failing_idx on helpdesk.endpoints (org_id, id)
  where failing_since is not null;
update helpdesk.endpoints e
   set failing_since = coalesce(
         (select d.finished_at from helpdesk.deliveries d
           where d.org_id = e.org_id and d.endpoint_id = e.id and d.state = 'failed'
             and d.finished_at <= coalesce(e.disabled_at, 'infinity')
           order by d.finished_at desc offset e.consecutive_failures - 1 limit 1),
         e.disabled_at)
 where e.consecutive_failures > 0 and e.failing_since is null
   and (e.disabled_at is null
        or e.disabled_reason in ('10 deliveries in a row failed', 'it answered 410 Gone'));

-- Events keep the traceparent of the request that caused them.

alter table helpdesk.events
  add column if not exists traceparent text default nullif(current_setting('helpdesk.traceparent', true), ''),
  drop constraint if exists events_traceparent_check,
  add constraint events_traceparent_check check (octet_length(traceparent) <= 64);

-- The audit trail tells of an organization's end after it.
alter table helpdesk.audit_events drop constraint if exists audit_events_org_id_fkey;

-- Deleting tickets and people: what points to them is found by index.

create index if not exists tickets_merged_into_idx on helpdesk.tickets (org_id, merged_into_id)
  where merged_into_id is not null;
create index if not exists tickets_created_by_idx on helpdesk.tickets (org_id, created_by);
create index if not exists tickets_assignee_idx on helpdesk.tickets (org_id, assignee_id)
  where assignee_id is not null;
create index if not exists comments_author_idx on helpdesk.comments (org_id, author_id, id);
create index if not exists messages_sender_idx on helpdesk.messages (org_id, sender_id)
  where sender_id is not null;
create index if not exists events_ticket_idx on helpdesk.events (org_id, ticket_id)
  where ticket_id is not null;
create index if not exists conversations_visitor_email_idx
  on helpdesk.conversations (org_id, (helpdesk.email_key(visitor_email) collate "C"))
  where visitor_email is not null;
create index if not exists api_keys_created_by_idx on helpdesk.api_keys (org_id, created_by)
  where created_by is not null;

-- Kept answers are JSON as the API sends it; before, they were rows whose columns were named by their
-- numbers.

update helpdesk.idempotency_keys k
   set answer = case
         when a.old ? 'c22' then (
           select row_to_json(x)
             from (select a.old ->> 'c0' as id, (a.old ->> 'c1')::int as "ticketNumber", a.old ->> 'c2' as subject,
                          a.old ->> 'c3' as description, a.old ->> 'c4' as status, a.old ->> 'c5' as priority,
                          a.old ->> 'c6' as source, array(select jsonb_array_elements_text(a.old -> 'c7')) as tags,
                          helpdesk.rfc3339((a.old ->> 'c8')::timestamptz) as "createdAt",
                          helpdesk.rfc3339((a.old ->> 'c9')::timestamptz) as "updatedAt",
                          helpdesk.rfc3339((a.old ->> 'c10')::timestamptz) as "resolvedAt",
                          helpdesk.rfc3339((a.old ->> 'c11')::timestamptz) as "closedAt",
                          a.old ->> 'c12' as "mergedIntoId",
                          (select row_to_json(u)
                             from (select a.old ->> 'c13' as id, a.old ->> 'c14' as name, a.old ->> 'c15' as email,
                                          a.old ->> 'c16' as role) u) as "createdBy",
                          (select row_to_json(u)
                             from (select a.old ->> 'c17' as id, a.old ->> 'c18' as name, a.old ->> 'c19' as email,
                                          a.old ->> 'c20' as role) u
                            where u.id is not null) as assignee) x)
         when a.old ? 'c8' then (
           select row_to_json(x)
             from (select a.old ->> 'c0' as id, a.old ->> 'c1' as content,
                          (select row_to_json(u)
                             from (select a.old ->> 'c3' as id, a.old ->> 'c4' as name, a.old ->> 'c5' as email,
                                          a.old ->> 'c6' as role) u) as author,
                          helpdesk.rfc3339((a.old ->> 'c2')::timestamptz) as "createdAt") x)
         when a.old ->> 'c1' in ('active', 'ended') then (
           select row_to_json(x)
             from (select a.old ->> 'c0' as id, a.old ->> 'c1' as status, a.old ->> 'c2' as "visitorName",
                          a.old ->> 'c3' as "visitorEmail",
                          helpdesk.rfc3339((a.old ->> 'c4')::timestamptz) as "createdAt",
                          helpdesk.rfc3339((a.old ->> 'c5')::timestamptz) as "updatedAt") x)
         else (
           select row_to_json(x)
             from (select a.old ->> 'c0' as id, a.old ->> 'c1' as "senderType", a.old ->> 'c2' as "senderId",
                          a.old ->> 'c3' as content,
                          helpdesk.rfc3339((a.old ->> 'c4')::timestamptz) as "createdAt") x)
       end
  from (select o.org_id, o.key, o.answer::jsonb as old from helpdesk.idempotency_keys o) a
 where a.org_id = k.org_id and a.key = k.key and a.old ? 'c0';
comment on column helpdesk.idempotency_keys.answer is 'The answer as the API sent it, a merge''s without its comments.';
comment on column helpdesk.idempotency_keys.comments is
  'A merge''s comments in the answer, their columns by number; null when they are larger than 1 MiB.';

-- New comments, and those that have other words now.

comment on table helpdesk.users is
  'Clients who write in, agents who answer, admins who also manage settings. Unique by '
  'helpdesk.email_key of the e-mail.';
comment on column helpdesk.api_keys.submission is
  'The one-time number of the console''s form that made the key; null: none did.';
comment on column helpdesk.tickets.comment_count is
  'Its comments, so that a limit on them counts no rows. Moves with them.';
comment on column helpdesk.conversations.message_count is 'Its messages, as tickets.comment_count.';
comment on column helpdesk.endpoints.failing_since is
  'When the first of consecutive_failures ended, while it is enabled; then, if they or a 410 '
  'disabled it, the first of the run that did. Null where a person disabled it.';
comment on column helpdesk.endpoints.submission is
  'The one-time number of the console''s form that made the endpoint; null: none did.';
comment on column helpdesk.events.traceparent is
  'The traceparent (W3C Trace Context) of the request that caused the event; null: it had none.';
comment on table helpdesk.audit_events is
  'Who changed which setting, when and from where, written by the function of the change. Names are '
  'as they were then. Refers to nothing: it tells of an organization''s end after it.';
comment on table helpdesk.ticket_counters is
  'Per organization: the last ticket number given, and how many tickets have each status. Moves with '
  'the ticket, so that a list''s total never counts rows.';
comment on table helpdesk.idempotency_keys is
  'Answers of POSTs with an Idempotency-Key, kept by the function of the change for 24 hours. Refers '
  'to nothing: it is the answer as it was.';
