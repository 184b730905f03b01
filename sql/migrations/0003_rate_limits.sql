-- The rate limiter: at most rate_limit requests of a key in any 60 seconds, exact over all servers.

create unlogged table helpdesk.rate_limits (
  org_id text collate "C" not null,
  key_id text collate "C" not null,
  -- Begins at a moment, so that a row made anew has no version that a pruned one had.
  version bigint not null default extract(epoch from clock_timestamp()) * 1000000,
  -- Limits up to 1,000: when each request of the last 60 s was admitted, oldest first.
  hits timestamptz[] not null default '{}',
  -- Limits above 1,000: requests admitted in each of the last 601 tenths of a second, oldest first.
  slots int[] not null default '{}',
  last_slot bigint not null default 0,
  used int not null default 0,
  constraint rate_limits_pkey primary key (org_id, key_id)
) with (
  fillfactor = 40,
  autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_scale_factor = 0.1
);
-- The longest row is 8 kB; it stays in its page, uncompressed.
alter table helpdesk.rate_limits
  alter column hits set storage plain,
  alter column slots set storage plain;
comment on table helpdesk.rate_limits is
  'Admitted requests of the last minute, one row a key. Unlogged: a crash of the database empties it.';
comment on column helpdesk.rate_limits.version is
  'Counts updates; an update applies only to the version it was computed from.';
comment on column helpdesk.rate_limits.last_slot is
  'The newest slot, in tenths of a second since 1970.';
comment on column helpdesk.rate_limits.used is 'The sum of slots.';
