-- Webhook events, written in the transaction of the change that they report.

create or replace function helpdesk.write_event(
  org_id text, type text, ticket_id text, at timestamptz, data text
) returns boolean
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  event_id constant text := helpdesk.new_id(at);
  -- A ticket's last change may be later than the clock, if that was set back.
  due_at constant timestamptz := least(at, clock_timestamp());
  subscribers text[];
  are_disabled boolean[];
begin
  -- The body is fixed here, so that every attempt sends the same bytes.
  insert into helpdesk.events (org_id, id, type, ticket_id, body, created_at)
  values (
    org_id, event_id, type, ticket_id,
    format('{"id":"%s","type":"%s","timestamp":"%s","data":%s}', event_id, type, helpdesk.rfc3339(at), data),
    at);
  -- The share lock keeps an endpoint from being enabled or disabled meanwhile, which would leave a
  -- delivery in the wrong state.
  select array_agg(e.id), array_agg(e.disabled_at is not null) into subscribers, are_disabled
    from (select p.id, p.disabled_at from helpdesk.endpoints p
           where p.org_id = org_id and p.deleted_at is null and type = any (p.events)
           order by p.id for share of p) e;
  if subscribers is null then
    return false;
  end if;
  insert into helpdesk.deliveries (org_id, id, endpoint_id, event_id, state, created_at, next_attempt_at)
  select org_id, helpdesk.new_id(due_at), s.id, event_id,
         case when s.is_disabled then 'held' else 'pending' end, due_at,
         case when not s.is_disabled then due_at end
    from unnest(subscribers, are_disabled) as s (id, is_disabled);
  return false = any (are_disabled);
end
$$;
comment on function helpdesk.write_event is
  'Writes an event of a ticket, and a delivery for each endpoint subscribed to its type. data: JSON. '
  'Returns true if a delivery is due now; the caller then wakes a worker after the commit.';
