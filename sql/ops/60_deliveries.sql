-- Deliveries: sending them again, a view of all, and the queue of unfinished ones.

create or replace function ops._check_delivery(delivery_id text) returns text
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform ops._require_read_committed();
  return ops._found('delivery', delivery_id, (
    select o.id from helpdesk.organizations o
      join helpdesk.deliveries d on d.org_id = o.id and d.id = delivery_id
      join helpdesk.endpoints e
        on e.org_id = d.org_id and e.id = d.endpoint_id and e.deleted_at is null));
end
$$;
comment on function ops._check_delivery is
  'For the other functions and tacohelp''s commands: the delivery''s organization. P0002 unless the '
  'delivery exists, and its endpoint is not deleted; 25000 unless the transaction is read committed.';

create or replace function ops.redeliver(delivery_id text) returns text
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select ops._done(d.refusal, delivery_id, d.state)
    from helpdesk.redeliver(ops._check_delivery(delivery_id), null, null, delivery_id) d
$$;
comment on function ops.redeliver is
  'Sends a delivery again, at once and with four fresh attempts, under the same delivery and event '
  'ids. Returns its new state: pending, or held if the endpoint is disabled. 55006 while it is '
  'being sent.';

create or replace function ops.redeliver_failed(
  endpoint_id text, since timestamptz, at_most int default 1000,
  until timestamptz default clock_timestamp()
) returns int
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if since is null or until is null then
    raise invalid_parameter_value using message = 'since and until must be points in time, not null';
  elsif at_most between 1 and 10000 is not true then
    raise invalid_parameter_value using message =
      format('at_most must be from 1 to 10000, not %s', coalesce(at_most::text, 'null'));
  end if;
  return (
    select ops._done(d.refusal, endpoint_id, d.redelivered)
      from helpdesk.redeliver_failed(
        ops._check_endpoint(endpoint_id), null, null, endpoint_id, since, until, at_most) d);
end
$$;
comment on function ops.redeliver_failed is
  'Sends again, as ops.redeliver does, what failed for an endpoint between since and until, and then '
  'what is held and was created since then; the oldest first, at_most at a time (1 to 10,000). '
  'Returns how many it sent: call it again, with the same until, until that is 0. If the endpoint is '
  'disabled, what failed is held, and what is held stays held.';

create or replace view ops.deliveries as
select d.org_id, o.name as organization, d.endpoint_id, e.url, d.id as delivery_id, d.event_id,
       v.type as event_type, v.ticket_id, d.state, d.attempts, d.created_at, d.next_attempt_at,
       d.finished_at, a.status as last_status, a.error as last_error
  from helpdesk.organizations o
  join helpdesk.endpoints e on e.org_id = o.id
  join helpdesk.deliveries d on d.org_id = e.org_id and d.endpoint_id = e.id
  join helpdesk.events v on v.org_id = d.org_id and v.id = d.event_id
  left join lateral (
    select a.status, a.error
      from helpdesk.attempts a
     where a.org_id = d.org_id and a.delivery_id = d.id
     order by a.started_at desc limit 1
  ) a on true
 where e.deleted_at is null;
comment on view ops.deliveries is
  'A row for each delivery, finished ones for 30 days by default, with the HTTP status or error of '
  'its last attempt. attempts: those made since it was created or last sent again. For speed, name '
  'an endpoint_id or a delivery_id.';

create or replace view ops.attempts as
select d.org_id, d.endpoint_id, a.delivery_id, a.number, a.started_at, a.duration, a.status, a.error,
       a.response
  from helpdesk.organizations o
  join helpdesk.deliveries d on d.org_id = o.id
  join helpdesk.endpoints e
    on e.org_id = d.org_id and e.id = d.endpoint_id and e.deleted_at is null
  join helpdesk.attempts a on a.org_id = d.org_id and a.delivery_id = d.id;
comment on view ops.attempts is
  'A row for each request made: when, how long it took, the HTTP status or, in plain words, why '
  'there was none, and the first KiB of the answer. number starts again when a delivery is sent '
  'again. For speed, name a delivery_id.';

create or replace view ops.delivery_queue as
select q.org_id, o.name as organization, q.endpoint_id, e.url, q.id as delivery_id, q.event_id,
       v.type as event_type, q.state, q.attempts, q.created_at, q.next_attempt_at, q.locked_until,
       case when q.state <> 'held' then
         greatest(statement_timestamp() - coalesce(q.next_attempt_at, q.locked_until), interval '0')
       end as overdue
  from (
    -- One query per state, so that each can use the index for its state alone.
    select d.* from helpdesk.deliveries d where d.state = 'pending'
    union all
    select d.* from helpdesk.deliveries d where d.state = 'sending'
    union all
    select d.* from helpdesk.deliveries d where d.state = 'held'
  ) q
  join helpdesk.organizations o on o.id = q.org_id
  join helpdesk.endpoints e
    on e.org_id = q.org_id and e.id = q.endpoint_id and e.deleted_at is null
  join helpdesk.events v on v.org_id = q.org_id and v.id = q.event_id;
comment on view ops.delivery_queue is
  'A row for each unfinished delivery: pending until next_attempt_at, sending until locked_until at '
  'the latest, or held. overdue: how long ago that time was; more than a minute means that no worker '
  'keeps up.';
