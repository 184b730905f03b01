-- Webhook endpoints: creating, changing, disabling, enabling and deleting them, rotating secrets,
-- testing, and their health.

create or replace function ops._check_endpoint(endpoint_id text) returns text
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform ops._require_read_committed();
  return ops._found('webhook endpoint', endpoint_id, (
    select o.id from helpdesk.organizations o
      join helpdesk.endpoints e
        on e.org_id = o.id and e.id = _check_endpoint.endpoint_id and e.deleted_at is null));
end
$$;
comment on function ops._check_endpoint is
  'For the other functions and tacohelp''s commands: the endpoint''s organization. P0002 unless the '
  'endpoint exists and is not deleted; 25000 unless the transaction is read committed.';

create or replace function ops._checked_events(events text[]) returns text[]
language sql immutable
set search_path = pg_catalog, pg_temp
return ops._checked_choices('events', events,
  array['ticket.created', 'ticket.updated', 'ticket.commented', 'ticket.resolved', 'ticket.closed',
        'ticket.reopened', 'ticket.merged']);
comment on function ops._checked_events is
  'For the other functions: the events, each once. 22023 if there are none or one is not known.';

create or replace function ops._checked_url(url text) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  checked_url constant text := helpdesk.endpoint_url(ops._checked_text('url', url, 2048));
begin
  if checked_url is null then
    raise invalid_parameter_value using message = format(
      'url must be https://host, perhaps with port, path and query, in ASCII, without user info '
      'and fragment, not %L', url);
  end if;
  return checked_url;
end
$$;
comment on function ops._checked_url is
  'For the other functions: the URL, its scheme in lower case. 22023 unless it has the form of an '
  'endpoint''s; the sender checks the address at each attempt.';

create or replace function ops._secret() returns text
language sql volatile
set search_path = pg_catalog, pg_temp
return 'whsec_' || encode(ops._random_bytes(), 'base64');
comment on function ops._secret is
  'For the other functions: a new signing secret in plain text. The servers have the keys that seal '
  'it, and a worker does so within seconds.';

create or replace function ops.create_endpoint(
  org_id text, url text, events text[],
  new_id text default null, secret_id text default null, sealed_secret text default null,
  key_id text default null
) returns table (endpoint_id text, secret text)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  at constant timestamptz := clock_timestamp();
  done record;
begin
  perform ops._require_read_committed();
  perform ops._check_org(org_id);
  secret := coalesce(sealed_secret, ops._secret());
  select * into done from helpdesk.create_endpoint(
    org_id, null, null, ops._checked_url(url), ops._checked_events(events), null,
    coalesce(new_id, helpdesk.new_id(at)), coalesce(secret_id, helpdesk.new_id(at)), secret, key_id);
  if done.refusal = 'too_many_endpoints' then
    raise program_limit_exceeded using message = format(
      'the organization has %s webhook endpoints already, and may have 50; delete one that is no '
      'longer needed first',
      (select count(*) from helpdesk.endpoints e where e.org_id = org_id and e.deleted_at is null));
  end if;
  endpoint_id := ops._done(done.refusal, org_id, done.id);
  return next;
end
$$;
comment on function ops.create_endpoint is
  'Creates a webhook endpoint and returns its id and signing secret. events: names such as '
  'ticket.created. 54000 if the organization has 50 endpoints, including disabled ones. Checks only '
  'the URL''s form; the sender checks the address at each attempt. The secret is stored in plain '
  'text until a worker with a key seals it, within seconds; tacohelp passes one that it has already '
  'sealed.';

create or replace function ops.update_endpoint(
  endpoint_id text, url text default null, events text[] default null
) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  org_id constant text := ops._check_endpoint(endpoint_id);
begin
  if url is null and events is null then
    raise invalid_parameter_value using message = 'give a url, events, or both';
  end if;
  perform ops._done(
    helpdesk.update_endpoint(
      org_id, null, null, endpoint_id, case when url is not null then ops._checked_url(url) end,
      case when events is not null then ops._checked_events(events) end),
    endpoint_id, null::text);
end
$$;
comment on function ops.update_endpoint is
  'Changes an endpoint''s URL, its events or both. Waiting deliveries go to the new URL; deliveries '
  'already made for an event stay.';

create or replace function ops.enable_endpoint(endpoint_id text, replay boolean default false) returns int
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select ops._done(d.refusal, endpoint_id, d.replayed)
    from helpdesk.enable_endpoint(ops._check_endpoint(endpoint_id), null, null, endpoint_id, replay) d
$$;
comment on function ops.enable_endpoint is
  'Enables an endpoint and sets its count of failures to 0. With replay, sends what is held, and '
  'what has failed since the run of failures that disabled it began (if it was disabled by hand: '
  'since then), with four fresh attempts: the first 1,000 at once, whose number is returned, the '
  'rest by a worker. Without replay, what is held stays held.';

create or replace function ops.disable_endpoint(endpoint_id text, reason text) returns int
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select ops._done(d.refusal, endpoint_id, d.held)
    from helpdesk.disable_endpoint(
      ops._check_endpoint(endpoint_id), null, null, endpoint_id, ops._checked_text('reason', reason, 200)) d
$$;
comment on function ops.disable_endpoint is
  'Disables an endpoint: nothing more is sent to it; its waiting deliveries and all new ones are '
  'held. Returns how many were waiting; beyond 1,000, a worker holds the rest. An endpoint that is '
  'already disabled takes the new reason and keeps its disabled_at.';

create or replace function ops.delete_endpoint(endpoint_id text) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select ops._done(
    helpdesk.delete_endpoint(ops._check_endpoint(endpoint_id), null, null, endpoint_id), endpoint_id, null::text)
$$;
comment on function ops.delete_endpoint is
  'Deletes an endpoint: from now on nothing is sent to it, no event makes a delivery for it, and '
  'nobody sees it. A worker deletes its deliveries, including waiting ones, a little at a time.';

create or replace function ops.rotate_secret(
  endpoint_id text, secret_id text default null, sealed_secret text default null,
  key_id text default null, known_keys text[] default null
) returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  org_id constant text := ops._check_endpoint(endpoint_id);
  secret constant text := coalesce(sealed_secret, ops._secret());
  refusal constant text := helpdesk.rotate_secret(
    org_id, null, null, endpoint_id, null, coalesce(secret_id, helpdesk.new_id(clock_timestamp())),
    secret, key_id, known_keys);
begin
  if refusal = 'too_many_secrets' then
    raise program_limit_exceeded using message = (
      select format('%s secrets of this endpoint sign already, the most there may be; rotate again when '
                    'the oldest ends, at %s', count(*), helpdesk.rfc3339(min(s.expires_at)))
        from helpdesk.endpoint_secrets s where s.org_id = org_id and s.endpoint_id = endpoint_id);
  end if;
  return ops._done(refusal, endpoint_id, secret);
end
$$;
comment on function ops.rotate_secret is
  'Gives an endpoint a new signing secret and returns it. The previous one also signs for 24 hours, '
  'and so do earlier ones until their own 24 hours are over; 54000 if ten sign already. It is stored '
  'in plain text until a worker with a key seals it, within seconds; tacohelp passes one that it has '
  'already sealed, and can drop those that no key in known_keys sealed.';

create or replace function ops.test_endpoint(endpoint_id text) returns text
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select ops._done(d.refusal, endpoint_id, d.delivery_id)
    from helpdesk.test_endpoint(ops._check_endpoint(endpoint_id), null, null, endpoint_id) d
$$;
comment on function ops.test_endpoint is
  'Sends a webhook.test event with empty data to this endpoint only, and returns the delivery''s id. '
  'The delivery is held if the endpoint is disabled.';

create or replace view ops.endpoints as
select e.org_id, o.name as organization, e.id as endpoint_id, e.url, e.events,
       case when e.disabled_at is null then 'enabled' else 'disabled' end as state,
       e.disabled_at, e.disabled_reason, e.consecutive_failures, e.created_at
  from helpdesk.organizations o
  join helpdesk.endpoints e on e.org_id = o.id
 where e.deleted_at is null;
comment on view ops.endpoints is
  'A row for each webhook endpoint that is not deleted, without its secrets.';

create or replace view ops.endpoint_health as
select e.org_id, o.name as organization, e.id as endpoint_id, e.url, e.events,
       case when e.disabled_at is null then 'enabled' else 'disabled' end as state,
       e.disabled_at, e.disabled_reason, e.consecutive_failures,
       coalesce(p.pending, 0) as pending, p.overdue, coalesce(s.sending, 0) as sending,
       coalesce(h.held, 0) as held, coalesce(f.succeeded, 0) as succeeded_24h,
       coalesce(f.failed, 0) as failed_24h
  from helpdesk.endpoints e
  join helpdesk.organizations o on o.id = e.org_id
  -- One query per state, so that each can use the index for its state alone.
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
  'A row for each webhook endpoint that is not deleted: enabled or disabled and why, failed '
  'deliveries in a row (10 disable it), deliveries in each state. overdue: how long the first '
  'pending one has been due; succeeded_24h and failed_24h ended in the last 24 hours.';
