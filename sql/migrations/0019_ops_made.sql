-- The names of what versions before this one made in ops, for which they kept no list. From now on `tacohelp
-- migrate` enters in migrations.made what it makes there, and remakes and drops no more than that.

insert into migrations.made (kind, identity)
select o.type, o.identity
  from unnest(array[
         'ops._add_secret(helpdesk.endpoints)',
         'ops._add_secret(helpdesk.endpoints, text, text, text)',
         'ops._audit(text, text, text, text)',
         'ops._check_delivery(text)',
         'ops._check_endpoint(text)',
         'ops._check_org(text)',
         'ops._checked_choices(text, text[], text[])',
         'ops._checked_events(text[])',
         'ops._checked_plan(text)',
         'ops._checked_text(text, text, int)',
         'ops._checked_url(text)',
         'ops._create_endpoint(text, text, text[], text)',
         'ops._create_endpoint(text, text, text[], text, text, text, text, text)',
         'ops._delete_endpoint(helpdesk.endpoints)',
         'ops._delivery(text)',
         'ops._disable_endpoint(helpdesk.endpoints, text)',
         'ops._enable_endpoint(helpdesk.endpoints, boolean)',
         'ops._hold_waiting(helpdesk.endpoints)',
         'ops._lock_endpoint(text, boolean)',
         'ops._lock_endpoint(text, boolean, text)',
         'ops._random_bytes()',
         'ops._redeliver(helpdesk.endpoints, text)',
         'ops._replay(text)',
         'ops._replay(text, text)',
         'ops._require_read_committed()',
         'ops._rotate_secret(helpdesk.endpoints)',
         'ops._rotate_secret(helpdesk.endpoints, text, text, text, text[])',
         'ops._start_replay(helpdesk.endpoints, timestamptz)',
         'ops._test_endpoint(helpdesk.endpoints)',
         'ops._update_endpoint(helpdesk.endpoints, text, text[])',
         'ops._wake_workers()',
         'ops.create_api_key(text, text, text[], int, timestamptz)',
         'ops.create_endpoint(text, text, text[])',
         'ops.create_endpoint(text, text, text[], text, text, text, text)',
         'ops.create_org(text, text)',
         'ops.create_user(text, text, text, text, text)',
         'ops.delete_endpoint(text)',
         'ops.disable_endpoint(text, text)',
         'ops.enable_endpoint(text, boolean)',
         'ops.end_sessions(text)',
         'ops.invite_user(text)',
         'ops.prune_rate_limits()',
         'ops.redeliver(text)',
         'ops.redeliver_failed(text, timestamptz)',
         'ops.redeliver_failed(text, timestamptz, int)',
         'ops.redeliver_failed(text, timestamptz, int, timestamptz)',
         'ops.revoke_api_key(text)',
         'ops.rotate_secret(text)',
         'ops.rotate_secret(text, text, text, text, text[])',
         'ops.set_plan(text, text)',
         'ops.test_endpoint(text)',
         'ops.update_endpoint(text, text, text[])'
       ]) as known (signature)
 cross join lateral pg_identify_object('pg_proc'::regclass, to_regprocedure(known.signature), 0) o
 where to_regprocedure(known.signature) is not null;

insert into migrations.made (kind, identity)
select o.type, o.identity
  from unnest(array[
         'ops.api_keys',
         'ops.attempts',
         'ops.audit_trail',
         'ops.deliveries',
         'ops.delivery_queue',
         'ops.endpoint_health',
         'ops.endpoints',
         'ops.organizations_at_a_glance',
         'ops.rate_limit_use'
       ]) as known (name)
 cross join lateral pg_identify_object('pg_class'::regclass, to_regclass(known.name), 0) o
 where to_regclass(known.name) is not null;
