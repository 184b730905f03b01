-- What operators change is in the audit trail too.

create function ops._audit(org_id text, action text, target_id text, target_name text) returns void
language sql volatile
set search_path = pg_catalog
begin atomic
  insert into helpdesk.audit_events
    (org_id, id, at, actor_id, actor_name, action, target_id, target_name, address)
  values
    (_audit.org_id, helpdesk.new_id(clock_timestamp()), clock_timestamp(), null, 'an operator',
     _audit.action, _audit.target_id, left(_audit.target_name, 254), null);
end;
comment on function ops._audit is
  'For the other functions: writes an audit event of ''an operator'', without an address.';
