-- The audit trail of what operators do.

create or replace function ops._audit(org_id text, action text, target_id text, target_name text) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  at constant timestamptz := clock_timestamp();
begin
  insert into helpdesk.audit_events
    (org_id, id, at, actor_name, action, target_id, target_name)
  values (org_id, helpdesk.new_id(at), at, 'an operator', action, target_id, target_name);
end
$$;
comment on function ops._audit is
  'For the other functions: writes what an operator did on the organization''s audit trail.';
