-- Organizations, their users and their API keys.

create schema helpdesk;
comment on schema helpdesk is
  'TacoHelp''s tables. Operators use the functions and views of the schema ops.';

create function helpdesk.new_id(at timestamptz) returns text
language plpgsql volatile strict parallel safe
set search_path = pg_catalog
as $$
declare
  ms bigint := floor(extract(epoch from at) * 1000);
  prefix text := '';
  random constant text := gen_random_uuid()::text;
begin
  for digit in 1..8 loop
    prefix := substr('0123456789abcdefghijklmnopqrstuvwxyz', (ms % 36)::int + 1, 1) || prefix;
    ms := ms / 36;
  end loop;
  -- Both slices lie outside a UUID's fixed version and variant bits.
  return 'c' || prefix || substr(random, 1, 8) || substr(random, 25, 8);
end
$$;
comment on function helpdesk.new_id is
  'An id: "c", eight base-36 digits of Unix milliseconds, 64 random bits in hexadecimal. Sorts by time.';

create table helpdesk.organizations (
  id text collate "C" not null,
  name text not null,
  plan text not null default 'FREE',
  created_at timestamptz not null default clock_timestamp(),
  constraint organizations_pkey primary key (id),
  constraint organizations_name_check check (char_length(name) between 1 and 200),
  constraint organizations_plan_check check (plan in ('FREE', 'PRO', 'ENTERPRISE'))
);
comment on table helpdesk.organizations is 'A tenant. Every other table leads with its id.';

create table helpdesk.users (
  org_id text collate "C" not null,
  id text collate "C" not null,
  name text not null,
  email text not null,
  role text not null,
  password_hash text,
  created_at timestamptz not null default clock_timestamp(),
  constraint users_pkey primary key (org_id, id),
  constraint users_org_id_fkey foreign key (org_id) references helpdesk.organizations (id),
  constraint users_name_check check (char_length(name) between 1 and 254),
  constraint users_email_check
    check (char_length(email) <= 254 and email ~ '^[^@[:space:]]+@[^@[:space:].]+([.][^@[:space:].]+)+$'),
  constraint users_role_check check (role in ('client', 'agent', 'admin'))
);
create unique index users_email_key on helpdesk.users (org_id, lower(email));
comment on table helpdesk.users is
  'Clients who write in, agents who answer, admins who also manage settings. Unique by e-mail without case.';
comment on column helpdesk.users.password_hash is 'scrypt, in PHC string format; null: cannot sign in.';

create table helpdesk.api_keys (
  org_id text collate "C" not null,
  id text collate "C" not null,
  name text not null,
  prefix text not null,
  hash bytea not null,
  scopes text[] not null,
  rate_limit int not null default 100,
  created_by text collate "C",
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  constraint api_keys_pkey primary key (org_id, id),
  constraint api_keys_hash_key unique (org_id, hash),
  constraint api_keys_org_id_fkey foreign key (org_id) references helpdesk.organizations (id),
  constraint api_keys_created_by_fkey
    foreign key (org_id, created_by) references helpdesk.users (org_id, id),
  constraint api_keys_name_check check (char_length(name) between 1 and 200),
  constraint api_keys_hash_check check (octet_length(hash) = 32),
  constraint api_keys_scopes_check check (
    cardinality(scopes) > 0
    and scopes <@ array['tickets:read', 'tickets:write', 'chat:read', 'chat:write', '*']
  ),
  constraint api_keys_rate_limit_check check (rate_limit between 1 and 1000000)
) with (fillfactor = 80);
-- The one look-up that does not know its organization. Not unique, so that the table can be
-- distributed by org_id; two keys with the same SHA-256 do not happen.
create index api_keys_hash_idx on helpdesk.api_keys (hash);
comment on table helpdesk.api_keys is 'API keys. Of a key only its SHA-256 and a prefix to recognise it are kept.';
comment on column helpdesk.api_keys.last_used_at is 'At most a minute stale.';
