-- Webhook endpoints: creating, changing, disabling, enabling and deleting them, rotating secrets,
-- testing, and their health.

create or replace function ops.create_endpoint(
  org_id text, url text, events text[],
  new_id text default null, secret_id text default null, sealed_secret text default null,
  key_id text default null
) returns table (endpoint_id text, secret text)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  created helpdesk.endpoints;
begin
  perform ops._check_org(org_id);
  created := ops._create_endpoint(
    org_id, url, events, null, new_id, secret_id, sealed_secret, key_id);
  perform ops._audit(org_id, 'webhook.created', created.id, left(created.url, 254));
  return query
    select s.endpoint_id, s.secret from helpdesk.endpoint_secrets s
     where s.org_id = created.org_id and s.endpoint_id = created.id;
end
$$;
comment on function ops.create_endpoint is
  'Creates a webhook endpoint and returns its id and signing secret. events: names such as '
  'ticket.created. 54000 if the organization has 50 endpoints, disabled ones included. Checks the URL''s '
  'form only; the sender checks the address at each attempt. The '
  'secret is stored in plain text until a worker with a key seals it, within seconds; tacohelp gives one '
  'that it has made and sealed itself.';

create or replace function ops.update_endpoint(
  endpoint_id text, url text default null, events text[] default null
) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  endpoint constant helpdesk.endpoints := ops._lock_endpoint(endpoint_id);
begin
  if url is null and events is null then
    raise invalid_parameter_value using message = 'give a url, events, or both';
  end if;
  if ops._update_endpoint(endpoint, url, events) then
    perform ops._audit(endpoint.org_id, 'webhook.updated', endpoint.id, left(coalesce(url, endpoint.url), 254));
  end if;
end
$$;
comment on function ops.update_endpoint is
  'Changes an endpoint''s URL, its events or both. What waits goes to the new URL; deliveries made '
  'for an event before stay.';

create or replace function ops.enable_endpoint(endpoint_id text, replay boolean default false) returns int
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  endpoint constant helpdesk.endpoints := ops._lock_endpoint(endpoint_id);
begin
  perform ops._audit(endpoint.org_id, 'webhook.enabled', endpoint.id, left(endpoint.url, 254));
  return ops._enable_endpoint(endpoint, replay);
end
$$;
comment on function ops.enable_endpoint is
  'Enables an endpoint and sets its count of failures to 0. With replay, what is held, or failed '
  'since the run of failures began that disabled it (by hand: since it was disabled), is sent with four '
  'fresh attempts: the first 1,000 at once, their number is returned, the rest by a worker. Without, what '
  'is held stays held.';

create or replace function ops.disable_endpoint(endpoint_id text, reason text) returns int
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  checked_reason constant text := ops._checked_text('reason', reason, 200);
  endpoint constant helpdesk.endpoints := ops._lock_endpoint(endpoint_id);
begin
  perform ops._audit(endpoint.org_id, 'webhook.disabled', endpoint.id, left(endpoint.url, 254));
  return ops._disable_endpoint(endpoint, checked_reason);
end
$$;
comment on function ops.disable_endpoint is
  'Disables an endpoint: nothing is sent to it any more, its waiting deliveries and all new ones are '
  'held. Returns how many were waiting; beyond 1,000 a worker holds the rest. One disabled before '
  'takes the new reason and keeps its disabled_at.';

create or replace function ops.delete_endpoint(endpoint_id text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  endpoint constant helpdesk.endpoints := ops._lock_endpoint(endpoint_id);
begin
  perform ops._delete_endpoint(endpoint);
  perform ops._audit(endpoint.org_id, 'webhook.deleted', endpoint.id, left(endpoint.url, 254));
end
$$;
comment on function ops.delete_endpoint is
  'Deletes an endpoint: from now on nothing is sent to it, no event makes a delivery for it, and '
  'nobody sees it. Its deliveries, waiting ones included, go a little at a time; a worker does that.';

create or replace function ops.rotate_secret(
  endpoint_id text, secret_id text default null, sealed_secret text default null,
  key_id text default null, known_keys text[] default null
) returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  endpoint constant helpdesk.endpoints := ops._lock_endpoint(endpoint_id);
begin
  perform ops._audit(endpoint.org_id, 'webhook.secret_rotated', endpoint.id, left(endpoint.url, 254));
  return ops._rotate_secret(endpoint, secret_id, sealed_secret, key_id, known_keys);
end
$$;
comment on function ops.rotate_secret is
  'Gives an endpoint a new signing secret and returns it. The one before signs beside it for 24 '
  'hours, and so do earlier ones until their own 24 hours are over; 54000 if ten sign already. It is '
  'stored in plain text until a worker with a key seals it, within seconds; tacohelp gives one that it '
  'has made and sealed itself, and may have those forgotten that no key in known_keys sealed.';

create or replace function ops.test_endpoint(endpoint_id text) returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  endpoint constant helpdesk.endpoints := ops._lock_endpoint(endpoint_id, exclusively => false);
begin
  perform ops._audit(endpoint.org_id, 'webhook.tested', endpoint.id, left(endpoint.url, 254));
  return ops._test_endpoint(endpoint);
end
$$;
comment on function ops.test_endpoint is
  'Sends a webhook.test event, its data empty, to this endpoint alone, and returns the delivery''s '
  'id. Held if the endpoint is disabled.';

create or replace view ops.endpoints as
select e.org_id, o.name as organization, e.id as endpoint_id, e.url, e.events,
       case when e.disabled_at is null then 'enabled' else 'disabled' end as state,
       e.disabled_at, e.disabled_reason, e.consecutive_failures, e.created_at
  from helpdesk.organizations o
  join helpdesk.endpoints e on e.org_id = o.id
 where e.deleted_at is null;
comment on view ops.endpoints is
  'A row for each webhook endpoint that is not deleted, without its secrets.';

create or replace function ops._check_endpoint(endpoint_id text) returns void
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from ops.endpoints e where e.endpoint_id = _check_endpoint.endpoint_id) then
    raise no_data_found using message = format('no webhook endpoint has the id %L', endpoint_id);
  end if;
end
$$;
comment on function ops._check_endpoint is
  'For tacohelp''s commands: P0002 unless the endpoint exists and is not deleted.';

create or replace view ops.endpoint_health as
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
  ) f on f.org_id = e.org_id and f.endpoint_id = e.id
 where e.deleted_at is null;
comment on view ops.endpoint_health is
  'A row for each webhook endpoint that is not deleted: enabled or disabled and why, failed deliveries in a row (10 '
  'disable it), deliveries in each state. overdue: how long the first pending one has been due; '
  'succeeded_24h and failed_24h ended in the last 24 hours.';
