-- Webhook endpoints: creating, disabling, enabling, rotating secrets, testing, and their health.
--
-- Whoever enables or disables an endpoint locks its row before its deliveries, and whoever makes a
-- delivery held locks the row at least "for share" and then looks at disabled_at. So no delivery is
-- held by mistake on an enabled endpoint. docs/webhooks.md has the whole story.

create function ops._lock_endpoint(endpoint_id text, exclusively boolean default true)
returns helpdesk.endpoints
language plpgsql volatile
set search_path = pg_catalog
as $$
declare
  endpoint_org_id text;
  endpoint helpdesk.endpoints;
begin
  -- What was written while it waited for the lock has to be seen after it.
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise invalid_transaction_state using message =
      format('this works in read committed transactions only, not in %s ones',
             current_setting('transaction_isolation'));
  end if;
  select e.org_id into endpoint_org_id
    from helpdesk.organizations o
    join helpdesk.endpoints e on e.org_id = o.id and e.id = endpoint_id;
  if exclusively then
    select * into endpoint from helpdesk.endpoints e
     where e.org_id = endpoint_org_id and e.id = endpoint_id for update;
  else
    select * into endpoint from helpdesk.endpoints e
     where e.org_id = endpoint_org_id and e.id = endpoint_id for share;
  end if;
  if not found then
    raise no_data_found using message = format('no webhook endpoint has the id %L', endpoint_id);
  end if;
  return endpoint;
end
$$;
comment on function ops._lock_endpoint is
  'For the other functions: locks an endpoint, for update or for share, and returns its row. P0002 '
  'if there is none, 25000 unless the transaction is read committed.';

create function ops._add_secret(endpoint helpdesk.endpoints) returns text
language plpgsql volatile
set search_path = pg_catalog
as $$
declare
  at constant timestamptz := clock_timestamp();
  new_secret constant text := 'whsec_' || encode(ops._random_bytes(), 'base64');
begin
  insert into helpdesk.endpoint_secrets (org_id, id, endpoint_id, secret, created_at)
  values (endpoint.org_id, helpdesk.new_id(at), endpoint.id, new_secret, at);
  return new_secret;
end
$$;
comment on function ops._add_secret is
  'For the other functions: makes the current secret of an endpoint that has none, and returns it.';

create function ops.create_endpoint(org_id text, url text, events text[])
returns table (endpoint_id text, secret text)
language plpgsql volatile
set search_path = pg_catalog
as $$
declare
  trimmed_url constant text := ops._checked_text('url', url, 2048);
  checked_url constant text := regexp_replace(
    regexp_replace(trimmed_url, '^https://', 'https://', 'i'), '^http://', 'http://', 'i');
  checked_events constant text[] := ops._checked_choices('events', events,
    array['ticket.created', 'ticket.updated', 'ticket.commented', 'ticket.resolved',
          'ticket.closed', 'ticket.reopened', 'ticket.merged']);
  port constant numeric := substring(checked_url from '^https?://[^/?]*:([0-9]+)(?:[/?]|$)');
  at constant timestamptz := clock_timestamp();
  created helpdesk.endpoints;
begin
  if checked_url !~ '^https?://([^][/?:@]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?([/?]|$)'
     or checked_url !~ '^[!-~]+$' or checked_url ~ '[#\\]'
     or port not between 1 and 65535 then
    raise invalid_parameter_value using message = format(
      'url must be https://host, perhaps with port, path and query, in ASCII, without user info '
      'and fragment, not %L', url);
  end if;
  perform ops._check_org(org_id);
  insert into helpdesk.endpoints (org_id, id, url, events, created_at)
  values (org_id, helpdesk.new_id(at), checked_url, checked_events, at)
  returning * into created;
  endpoint_id := created.id;
  secret := ops._add_secret(created);
  return next;
end
$$;
comment on function ops.create_endpoint is
  'Creates a webhook endpoint and returns its id and signing secret. events: names such as '
  'ticket.created. Checks the URL''s form only; the sender checks the address at each attempt.';

create function ops._hold_waiting(endpoint helpdesk.endpoints) returns int
language plpgsql volatile
set search_path = pg_catalog
as $$
declare
  held int;
begin
  update helpdesk.deliveries d
     set state = 'held', next_attempt_at = null
    from (select w.org_id, w.id from helpdesk.deliveries w
           where w.org_id = endpoint.org_id and w.endpoint_id = endpoint.id and w.state = 'pending'
           limit 1000 for update) waiting
   where d.org_id = waiting.org_id and d.id = waiting.id;
  get diagnostics held = row_count;
  return held;
end
$$;
comment on function ops._hold_waiting is
  'For the other functions: holds what waits for an endpoint, at most 1,000, and returns how many '
  'that were. A worker holds the rest: tickets wait for whoever has the endpoint locked.';

create function ops._replay(endpoint_id text) returns int
language plpgsql volatile
set search_path = pg_catalog
as $$
declare
  endpoint constant helpdesk.endpoints := ops._lock_endpoint(endpoint_id);
  replayed int := 0;
begin
  if endpoint.replay_until is not null and endpoint.disabled_at is null then
    update helpdesk.deliveries d
       set state = 'pending', attempts = 0, next_attempt_at = clock_timestamp(), finished_at = null
      from (select r.org_id, r.id
              from (select h.org_id, h.id from helpdesk.deliveries h
                     where h.org_id = endpoint.org_id and h.endpoint_id = endpoint.id
                       and h.state = 'held'
                    union all
                    select f.org_id, f.id from helpdesk.deliveries f
                     where f.org_id = endpoint.org_id and f.endpoint_id = endpoint.id
                       and f.state = 'failed' and f.finished_at >= endpoint.replay_from
                       and f.finished_at < endpoint.replay_until) r
             limit 1000) again
     where d.org_id = again.org_id and d.id = again.id and d.state in ('held', 'failed');
    get diagnostics replayed = row_count;
    if replayed = 0 then
      update helpdesk.endpoints e set replay_from = null, replay_until = null
       where e.org_id = endpoint.org_id and e.id = endpoint.id;
    else
      perform ops._wake_workers();
    end if;
  end if;
  return replayed;
end
$$;
comment on function ops._replay is
  'For the other functions and the worker: makes the next 1,000 deliveries of an endpoint''s replay '
  'pending and returns how many that were; 0 ends the replay.';

create function ops._wake_workers() returns void
language sql volatile
set search_path = pg_catalog
return pg_notify('helpdesk_deliveries', '');
comment on function ops._wake_workers is
  'For the other functions: tells the workers, when this transaction commits, that deliveries are '
  'due. They also look by themselves.';

create function ops.enable_endpoint(endpoint_id text, replay boolean default false) returns int
language plpgsql volatile
set search_path = pg_catalog
as $$
declare
  endpoint constant helpdesk.endpoints := ops._lock_endpoint(endpoint_id);
  at constant timestamptz := clock_timestamp();
begin
  if endpoint.disabled_at is not null then
    -- What the worker has not come round to holding.
    perform ops._hold_waiting(endpoint);
  end if;
  update helpdesk.endpoints e
     set consecutive_failures = 0, disabled_at = null, disabled_reason = null,
         replay_from = case when replay then coalesce(least(e.replay_from, e.disabled_at), at) end,
         replay_until = case when replay then at end
   where e.org_id = endpoint.org_id and e.id = endpoint.id;
  return ops._replay(endpoint_id);
end
$$;
comment on function ops.enable_endpoint is
  'Enables an endpoint and sets its count of failures to 0. With replay, what is held, or failed '
  'since it was disabled, is sent with four fresh attempts: the first 1,000 at once, their number is '
  'returned, the rest by a worker. Without, what is held stays held.';

create function ops.disable_endpoint(endpoint_id text, reason text) returns int
language plpgsql volatile
set search_path = pg_catalog
as $$
declare
  checked_reason constant text := ops._checked_text('reason', reason, 200);
  endpoint constant helpdesk.endpoints := ops._lock_endpoint(endpoint_id);
begin
  update helpdesk.endpoints e
     set disabled_at = coalesce(e.disabled_at, clock_timestamp()), disabled_reason = checked_reason
   where e.org_id = endpoint.org_id and e.id = endpoint.id;
  return ops._hold_waiting(endpoint);
end
$$;
comment on function ops.disable_endpoint is
  'Disables an endpoint: nothing is sent to it any more, its waiting deliveries and all new ones are '
  'held. Returns how many were waiting; beyond 1,000 a worker holds the rest. One disabled before '
  'takes the new reason and keeps its disabled_at.';

create function ops.rotate_secret(endpoint_id text) returns text
language plpgsql volatile
set search_path = pg_catalog
as $$
declare
  endpoint constant helpdesk.endpoints := ops._lock_endpoint(endpoint_id);
  at constant timestamptz := clock_timestamp();
begin
  delete from helpdesk.endpoint_secrets s
   where s.org_id = endpoint.org_id and s.endpoint_id = endpoint.id and s.expires_at <= at;
  update helpdesk.endpoint_secrets s
     set expires_at = at + interval '24 hours'
   where s.org_id = endpoint.org_id and s.endpoint_id = endpoint.id and s.expires_at is null;
  return ops._add_secret(endpoint);
end
$$;
comment on function ops.rotate_secret is
  'Gives an endpoint a new signing secret and returns it. The one before signs beside it for 24 '
  'hours, and so do earlier ones until their own 24 hours are over.';

create function ops.test_endpoint(endpoint_id text) returns text
language plpgsql volatile
set search_path = pg_catalog
as $$
declare
  endpoint constant helpdesk.endpoints := ops._lock_endpoint(endpoint_id, exclusively => false);
  at constant timestamptz := clock_timestamp();
  event_id constant text := helpdesk.new_id(at);
  delivery_id constant text := helpdesk.new_id(at);
begin
  insert into helpdesk.events (org_id, id, type, body, created_at)
  values (endpoint.org_id, event_id, 'webhook.test',
          format('{"id":"%s","type":"webhook.test","timestamp":"%s","data":{}}',
                 event_id, helpdesk.rfc3339(at)), at);
  insert into helpdesk.deliveries
    (org_id, id, endpoint_id, event_id, state, created_at, next_attempt_at)
  values
    (endpoint.org_id, delivery_id, endpoint.id, event_id,
     case when endpoint.disabled_at is null then 'pending' else 'held' end, at,
     case when endpoint.disabled_at is null then at end);
  perform ops._wake_workers();
  return delivery_id;
end
$$;
comment on function ops.test_endpoint is
  'Sends a webhook.test event, its data empty, to this endpoint alone, and returns the delivery''s '
  'id. Held if the endpoint is disabled.';

create view ops.endpoint_health as
select e.org_id, o.name as organization, e.id as endpoint_id, e.url, e.events,
       case when e.disabled_at is null then 'enabled' else 'disabled' end as state,
       e.disabled_at, e.disabled_reason, e.consecutive_failures,
       coalesce(p.pending, 0) as pending, p.overdue, coalesce(s.sending, 0) as sending,
       coalesce(h.held, 0) as held, coalesce(f.succeeded, 0) as succeeded_24h,
       coalesce(f.failed, 0) as failed_24h
  from helpdesk.endpoints e
  join helpdesk.organizations o on o.id = e.org_id
  -- One query a state, so that each can use an index of its state alone.
  left join (
    select d.org_id, d.endpoint_id, count(*) as pending,
           greatest(statement_timestamp() - min(d.next_attempt_at), interval '0') as overdue
      from helpdesk.deliveries d where d.state = 'pending' group by d.org_id, d.endpoint_id
  ) p on p.org_id = e.org_id and p.endpoint_id = e.id
  left join (
    select d.org_id, d.endpoint_id, count(*) as sending
      from helpdesk.deliveries d where d.state = 'sending' group by d.org_id, d.endpoint_id
  ) s on s.org_id = e.org_id and s.endpoint_id = e.id
  left join (
    select d.org_id, d.endpoint_id, count(*) as held
      from helpdesk.deliveries d where d.state = 'held' group by d.org_id, d.endpoint_id
  ) h on h.org_id = e.org_id and h.endpoint_id = e.id
  left join (
    select d.org_id, d.endpoint_id, count(*) filter (where d.state = 'succeeded') as succeeded,
           count(*) filter (where d.state = 'failed') as failed
      from helpdesk.deliveries d
     where d.state in ('succeeded', 'failed')
       and d.finished_at > statement_timestamp() - interval '24 hours'
     group by d.org_id, d.endpoint_id
  ) f on f.org_id = e.org_id and f.endpoint_id = e.id;
comment on view ops.endpoint_health is
  'A row for each webhook endpoint: enabled or disabled and why, failed deliveries in a row (10 '
  'disable it), deliveries in each state. overdue: how long the first pending one has been due; '
  'succeeded_24h and failed_24h ended in the last 24 hours.';
