-- The privileges of the roles: `tacohelp migrate` applies this each time, in the transaction that remakes
-- ops, as the role that owns the schemas. tacohelp_app and tacohelp_ops get only this; if the cluster
-- does not have these roles (sql/roles.sql), nothing is granted.

revoke all on schema helpdesk, ops, migrations from public;
do $$
declare
  everybody constant text := concat_ws(', ', 'public',
    (select string_agg(quote_ident(rolname), ', ') from pg_catalog.pg_roles
      where rolname in ('tacohelp_app', 'tacohelp_ops')));
  object record;
begin
  -- Revokes only from what TacoHelp has made: others may have added objects of their own.
  for object in
    select 'table' as kind, c.oid::regclass::text as identity
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('helpdesk', 'migrations') and c.relowner = n.nspowner and c.relkind = 'r'
    union all
    select 'function', p.oid::regprocedure::text
      from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
     where n.nspname = 'helpdesk' and p.proowner = n.nspowner
    union all
    select case when m.kind = 'view' then 'table' else m.kind end, m.identity from migrations.made m
  loop
    execute format('revoke all on %s %s from %s', object.kind, object.identity, everybody);
  end loop;
end
$$;

-- The servers and workers. The columns that they change are named one by one. The functions of helpdesk
-- have their caller's rights: a role that may call them all may do only what is granted here.
do $$
declare
  columns record;
  object migrations.made;
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'tacohelp_app') then
    return;
  end if;
  revoke all on schema helpdesk, ops, migrations from tacohelp_app;
  grant usage on schema helpdesk, ops, migrations to tacohelp_app;

  -- /readyz
  grant select (version, name) on migrations.applied to tacohelp_app;

  -- created_at: locking a row requires the right to update at least one of its columns.
  grant select (id, name, plan), update (created_at) on helpdesk.organizations to tacohelp_app;
  grant select, insert (org_id, id, name, email, role),
        update (role, password_hash, sessions_epoch, last_signed_in_at)
     on helpdesk.users to tacohelp_app;
  grant select,
        insert (org_id, id, name, prefix, hash, scopes, rate_limit, created_by, created_at,
                expires_at, submission),
        update (revoked_at, last_used_at)
     on helpdesk.api_keys to tacohelp_app;
  grant select, insert (org_id, key_id), update (version, hits, slots, last_slot, used), delete
     on helpdesk.rate_limits to tacohelp_app;

  grant select, update (last_number, open, in_progress, waiting, resolved, closed)
     on helpdesk.ticket_counters to tacohelp_app;
  -- A new column of tickets can be inserted and updated, so only the exceptions are named.
  select string_agg(quote_ident(a.attname), ', ') filter (where a.attname not in (
           'source', 'status', 'assignee_id', 'merged_into_id', 'resolved_at', 'closed_at',
           'comment_count')) as inserted,
         string_agg(quote_ident(a.attname), ', ') filter (where a.attname not in (
           'org_id', 'id', 'number', 'source', 'created_by', 'created_at')) as updated
    into columns
    from pg_attribute a
   where a.attrelid = 'helpdesk.tickets'::regclass and a.attnum > 0 and not a.attisdropped;
  execute format(
    'grant select, insert (%s), update (%s) on helpdesk.tickets to tacohelp_app',
    columns.inserted, columns.updated);
  grant select, insert (org_id, id, ticket_id, author_id, content, created_at), update (ticket_id)
     on helpdesk.comments to tacohelp_app;
  grant select, update (active, ended) on helpdesk.conversation_counters to tacohelp_app;
  grant select,
        insert (org_id, id, visitor_name, visitor_email, created_at, updated_at),
        update (status, updated_at, ended_at, message_count)
     on helpdesk.conversations to tacohelp_app;
  grant select, insert (org_id, id, conversation_id, sender_type, sender_id, content, created_at)
     on helpdesk.messages to tacohelp_app;

  -- created_at: again to lock a row.
  grant select, insert (org_id, key, fingerprint, answer, comments), update (created_at), delete
     on helpdesk.idempotency_keys to tacohelp_app;

  grant select, insert (org_id, id, url, events, created_at, submission),
        update (url, events, consecutive_failures, failing_since, disabled_at, disabled_reason,
                replay_from, replay_until, deleted_at),
        delete on helpdesk.endpoints to tacohelp_app;
  grant select, insert (org_id, id, endpoint_id, secret, key_id, created_at),
        update (secret, key_id, expires_at), delete
     on helpdesk.endpoint_secrets to tacohelp_app;
  grant select, insert (org_id, id, type, ticket_id, body, created_at), delete
     on helpdesk.events to tacohelp_app;
  grant select,
        insert (org_id, id, endpoint_id, event_id, state, created_at, next_attempt_at),
        update (state, attempts, next_attempt_at, locked_until, finished_at),
        delete on helpdesk.deliveries to tacohelp_app;
  grant select,
        insert (org_id, id, delivery_id, number, started_at, duration, status, error, response)
     on helpdesk.attempts to tacohelp_app;

  grant select, insert (org_id, hash, user_id, epoch), update (hash, epoch, created_at, last_seen_at), delete
     on helpdesk.sessions to tacohelp_app;
  grant select, insert (subject, hits, last_at), update (hits, last_at), delete
     on helpdesk.sign_in_attempts to tacohelp_app;
  grant select,
        insert (org_id, user_id, created_by, hash, created_at, expires_at, submission),
        update (created_by, hash, created_at, expires_at, submission),
        delete on helpdesk.invitations to tacohelp_app;
  grant select,
        insert (org_id, id, at, actor_id, actor_name, action, target_id, target_name, address,
                detail)
     on helpdesk.audit_events to tacohelp_app;

  for object in
    select * from migrations.made m where m.kind = 'function' and starts_with(m.identity, 'helpdesk.')
       -- Only operators call these.
       and m.identity !~ '^helpdesk[.](create_organization|create_user|delete_organization|delete_ticket|erase_user|redeliver_failed|set_plan)[(]'
  loop
    execute format('grant execute on function %s to tacohelp_app', object.identity);
  end loop;
  grant execute on function helpdesk.email_key to tacohelp_app;
  grant select on ops.rate_limit_use to tacohelp_app;
end
$$;

-- Operators, in psql and with tacohelp's commands: everything in ops, and no table of helpdesk. Functions
-- for operators have their owner's rights; those that serve the others have the caller's, who has none.
do $$
declare
  object migrations.made;
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'tacohelp_ops') then
    return;
  end if;
  revoke all on schema helpdesk, ops, migrations from tacohelp_ops;
  grant usage on schema helpdesk, ops, migrations to tacohelp_ops;
  grant select on migrations.applied, migrations.remade, migrations.made to tacohelp_ops;
  for object in select * from migrations.made m where starts_with(m.identity, 'ops.') loop
    execute format(case when object.kind = 'view' then 'grant select on %2$s to tacohelp_ops'
                        else 'grant execute on %1$s %2$s to tacohelp_ops' end,
                   object.kind, object.identity);
  end loop;
  grant execute on function helpdesk.new_id, helpdesk.rfc3339 to tacohelp_ops;
end
$$;
