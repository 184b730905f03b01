-- The audit trail, and who may change settings.

create or replace function helpdesk.audit(
  org_id text, actor_id text, address text, action text, target_id text, target_name text,
  detail text default null
) returns void
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  at constant timestamptz := clock_timestamp();
begin
  insert into helpdesk.audit_events
    (org_id, id, at, actor_id, actor_name, action, target_id, target_name, address, detail)
  values (
    org_id, helpdesk.new_id(at), at, actor_id,
    coalesce((select u.name from helpdesk.users u where u.org_id = org_id and u.id = actor_id), 'an operator'),
    action, target_id, left(target_name, 254), address, detail);
end
$$;
comment on function helpdesk.audit is
  'Records on the audit trail who did what. actor_id: null for an operator.';

create or replace function helpdesk.may_change_settings(org_id text, actor_id text) returns boolean
language plpgsql stable as $$
#variable_conflict use_variable
begin
  return actor_id is null or exists (
    select from helpdesk.users u
     where u.org_id = org_id and u.id = actor_id and u.role = 'admin' and u.password_hash is not null);
end
$$;
comment on function helpdesk.may_change_settings is
  'True for an operator (null), and for an admin who has access at this moment.';

create or replace function helpdesk.lock_for_settings(
  org_id text, actor_id text, takes_api boolean default false, out refusal text
)
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  plan text;
begin
  select o.plan into plan from helpdesk.organizations o where o.id = org_id for no key update;
  refusal := case when not helpdesk.may_change_settings(org_id, actor_id)
                       or takes_api and actor_id is not null and plan = 'FREE' then 'not_allowed' end;
end
$$;
comment on function helpdesk.lock_for_settings is
  'Makes changes of one organization''s settings take turns until the transaction ends: each sees '
  'what those before it did. Foreign keys do not wait for this lock. Refuses an actor who may not '
  'change settings and, if takes_api, one whose plan has no API.';
