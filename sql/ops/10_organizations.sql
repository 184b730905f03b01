-- Organizations: creating one, changing its plan, and an overview.

create or replace function ops._checked_plan(plan text) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  upper_case constant text := upper(ops._checked_text('plan', plan, 100) collate "C");
begin
  if upper_case not in ('FREE', 'PRO', 'ENTERPRISE') then
    raise invalid_parameter_value using message =
      format('plan must be FREE, PRO or ENTERPRISE, not %L', plan);
  end if;
  return upper_case;
end
$$;
comment on function ops._checked_plan is
  'For the other functions: the plan in upper case. 22023 if there is no such plan.';

create or replace function ops._check_org(org_id text) returns text
language sql stable security definer
set search_path = pg_catalog, pg_temp
return ops._found(
  'organization', org_id, (select o.id from helpdesk.organizations o where o.id = _check_org.org_id));
comment on function ops._check_org is
  'For the other functions: the organization. P0002 unless it exists.';

create or replace function ops.create_org(name text, plan text default 'FREE') returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  checked_name constant text := ops._checked_text('name', name, 200);
  checked_plan constant text := ops._checked_plan(plan);
  new_org_id constant text := helpdesk.new_id(clock_timestamp());
begin
  perform helpdesk.create_organization(new_org_id, checked_name, checked_plan);
  return new_org_id;
end
$$;
comment on function ops.create_org is
  'Creates an organization and returns its id. name: 1 to 200 characters. plan: FREE, PRO or '
  'ENTERPRISE, in any case; the API answers from PRO up.';

create or replace function ops.set_plan(org_id text, plan text) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  -- Setting the plan that it already has is no error.
  select ops._done(
    nullif(helpdesk.set_plan(org_id, ops._checked_plan(plan)), 'unchanged'), org_id, null::text)
$$;
comment on function ops.set_plan is
  'Changes an organization''s plan (FREE, PRO or ENTERPRISE, in any case), from the next request '
  'on. Keys outlive a downgrade to FREE: they are refused until the plan is raised again.';

create or replace view ops.organizations_at_a_glance as
select o.id as org_id, o.name, o.plan, o.created_at,
       coalesce(u.staff, 0) as staff, coalesce(u.clients, 0) as clients,
       coalesce(k.live_keys, 0) as live_keys,
       t.open + t.in_progress + t.waiting + t.resolved + t.closed as tickets,
       t.open, t.in_progress, t.waiting, t.resolved, t.closed,
       c.active as active_chats, c.ended as ended_chats,
       coalesce(e.endpoints, 0) as endpoints,
       coalesce(e.disabled_endpoints, 0) as disabled_endpoints
  from helpdesk.organizations o
  left join helpdesk.ticket_counters t on t.org_id = o.id
  left join helpdesk.conversation_counters c on c.org_id = o.id
  left join (
    select org_id, count(*) filter (where role <> 'client') as staff,
           count(*) filter (where role = 'client') as clients
      from helpdesk.users group by org_id
  ) u on u.org_id = o.id
  left join (
    select org_id, count(*) as live_keys
      from helpdesk.api_keys
     where revoked_at is null and (expires_at is null or expires_at > statement_timestamp())
     group by org_id
  ) k on k.org_id = o.id
  left join (
    select org_id, count(*) as endpoints,
           count(*) filter (where disabled_at is not null) as disabled_endpoints
      from helpdesk.endpoints where deleted_at is null group by org_id
  ) e on e.org_id = o.id;
comment on view ops.organizations_at_a_glance is
  'A row for each organization: its plan and the number of its staff (agents and admins), clients, '
  'live keys, tickets of each status, chats and endpoints. Tickets and chats come from counters, the '
  'rest is counted: name an org_id if there are millions of users.';
