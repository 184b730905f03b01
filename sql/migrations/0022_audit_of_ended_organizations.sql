-- The audit trail tells of an organization's end after it.

alter table helpdesk.audit_events drop constraint audit_events_org_id_fkey;
