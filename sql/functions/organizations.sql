-- Organizations.

create or replace function helpdesk.create_organization(org_id text, name text, plan text) returns void
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  insert into helpdesk.organizations (id, name, plan) values (org_id, name, plan);
  insert into helpdesk.ticket_counters (org_id) values (org_id);
  insert into helpdesk.conversation_counters (org_id) values (org_id);
  perform helpdesk.audit(org_id, null, null, 'organization.created', org_id, name);
end
$$;
comment on function helpdesk.create_organization is
  'Creates an organization with its counters. org_id: new, from helpdesk.new_id.';

create or replace function helpdesk.set_plan(org_id text, new_plan text, out refusal text)
language plpgsql volatile as $$
#variable_conflict use_variable
begin
  update helpdesk.organizations o set plan = new_plan where o.id = org_id and o.plan <> new_plan;
  if found then
    perform helpdesk.audit(org_id, null, null, 'organization.plan_changed', org_id, new_plan);
  elsif exists (select from helpdesk.organizations o where o.id = org_id) then
    refusal := 'unchanged';
  else
    refusal := 'organization_not_found';
  end if;
end
$$;
comment on function helpdesk.set_plan is 'Changes an organization''s plan: FREE, PRO or ENTERPRISE.';
