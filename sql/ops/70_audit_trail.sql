-- The audit trail: who changed which setting.

create or replace view ops.audit_trail as
select a.at, a.org_id, coalesce(o.name, a.target_name) as organization, a.actor_id, a.actor_name, u.email as actor_email,
       a.action, a.target_id, a.target_name, a.detail, a.address, a.id
  from helpdesk.audit_events a
  left join helpdesk.organizations o on o.id = a.org_id
  left join helpdesk.users u on u.org_id = a.org_id and u.id = a.actor_id;
comment on view ops.audit_trail is
  'A row for each change of a setting: when, who, what and from which address. Names are as they '
  'were then; the e-mail address is today''s. Changes by the functions of ops and tacohelp''s '
  'commands have "an operator" as actor, and neither id nor address. For a deleted organization, '
  'only its deletion is shown.';
