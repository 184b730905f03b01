-- Users: creating one, giving one a link to set a password, and ending sessions.

create or replace function ops._is_email(address text) returns boolean
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  -- In the second pattern: white space and control characters, angle brackets, and the characters of Unicode's
  -- categories Cf and Zs, which cannot be seen.
  select address ~ '^[^@]+@[^@.]+([.][^@.]+)+$'
     and address !~ (E'[\\u0001-\\u0020<>\\u007F\\u0085\\u00A0\\u00AD\\u0600-\\u0605\\u061C\\u06DD\\u070F\\u0890\\u0891\\u08E2'
                     '\\u1680\\u180E\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u2064\\u2066-\\u206F\\u3000\\uFEFF'
                     '\\uFFF9-\\uFFFB\\U000110BD\\U000110CD\\U00013430-\\U0001343F\\U0001BCA0-\\U0001BCA3'
                     '\\U0001D173-\\U0001D17A\\U000E0001\\U000E0020-\\U000E007F]')
     and address !~ '^[Mm][Aa][Ii][Ll][Tt][Oo]:'
$$;
comment on function ops._is_email is
  'For the other functions: true if the address has one @, a domain with a dot, no white space, no '
  'invisible characters, no angle brackets and no mailto: before it.';

create or replace function ops.create_user(
  org_id text, email text, name text, role text default 'client', password_hash text default null
) returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  checked_email constant text := ops._checked_text('email', email, 254);
  checked_name constant text := ops._checked_text('name', name, 254);
  checked_role constant text := lower(ops._checked_text('role', role, 100) collate "C");
  at constant timestamptz := clock_timestamp();
  user_id text;
begin
  if not ops._is_email(checked_email) then
    raise invalid_parameter_value using message =
      format('email must be an address such as ada@example.com, not %L', email);
  elsif checked_role not in ('client', 'agent', 'admin') then
    raise invalid_parameter_value using message =
      format('role must be client, agent or admin, not %L', role);
  elsif password_hash not like '$scrypt$_%' then
    raise invalid_parameter_value using
      message = 'password_hash must be a scrypt hash in PHC format ($scrypt$...)',
      hint = 'A password itself is never stored: "tacohelp user create" makes the hash.';
  end if;
  perform ops._check_org(org_id);
  insert into helpdesk.users (org_id, id, name, email, role, password_hash, created_at)
  values (org_id, helpdesk.new_id(at), checked_name, checked_email, checked_role,
          password_hash, at)
  on conflict do nothing
  returning id into user_id;
  if user_id is null then
    raise unique_violation using message =
      format('email: the organization already has a user %L', checked_email);
  end if;
  -- Clients come and go by the API without an entry.
  if checked_role <> 'client' then
    perform ops._audit(org_id, 'user.created', user_id, checked_name);
  end if;
  return user_id;
end
$$;
comment on function ops.create_user is
  'Creates a user and returns the id. role: client, agent or admin. password_hash: scrypt in PHC '
  'format; without one the user cannot sign in before ops.invite_user. 23505 if the e-mail, compared '
  'without case, is taken in the organization.';

create or replace function ops.invite_user(user_id text) returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  at constant timestamptz := clock_timestamp();
  secret constant text := translate(encode(ops._random_bytes(), 'base64'), '+/=', '-_');
  invited helpdesk.users;
begin
  select u.* into invited
    from helpdesk.organizations o
    join helpdesk.users u on u.org_id = o.id and u.id = invite_user.user_id;
  if not found then
    raise no_data_found using message = format('no user has the id %L', user_id);
  elsif invited.role = 'client' then
    raise invalid_parameter_value using message =
      format('user %L is a client, and clients have no console', user_id);
  end if;
  insert into helpdesk.invitations (org_id, user_id, hash, created_at, expires_at)
  values (invited.org_id, invited.id, sha256(convert_to(secret, 'UTF8')), at,
          at + case when invited.password_hash is null then interval '7 days'
                    else interval '24 hours' end)
  on conflict on constraint invitations_pkey do update
     set created_by = null, hash = excluded.hash, created_at = excluded.created_at,
         expires_at = excluded.expires_at, submission = null;
  perform ops._audit(invited.org_id, 'user.link_made', invited.id, invited.name);
  return format('/invitations/%s.%s', invited.org_id, secret);
end
$$;
comment on function ops.invite_user is
  'Makes a one-time link with which an agent or admin sets a password and is signed in, and returns '
  'its path: what comes after the console''s host. Good for 7 days, or 24 hours where there is a '
  'password already, which holds until then. A link made before is void.';

create or replace function ops.end_sessions(user_id text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  ended helpdesk.users;
begin
  select u.* into ended
    from helpdesk.organizations o
    join helpdesk.users u on u.org_id = o.id and u.id = end_sessions.user_id;
  if not found then
    raise no_data_found using message = format('no user has the id %L', user_id);
  end if;
  update helpdesk.users u set sessions_epoch = u.sessions_epoch + 1
   where u.org_id = ended.org_id and u.id = ended.id;
  delete from helpdesk.sessions s
   using (select d.org_id, d.hash from helpdesk.sessions d
           where d.hash in (select o.hash from helpdesk.sessions o
                             where o.org_id = ended.org_id and o.user_id = ended.id)
           order by d.hash, d.org_id for update) as gone
   where s.org_id = gone.org_id and s.hash = gone.hash;
  perform ops._audit(ended.org_id, 'user.sessions_ended', ended.id, ended.name);
end
$$;
comment on function ops.end_sessions is
  'Signs a user out of the console everywhere, and with it whatever else the same browsers are signed '
  'in to. Setting password_hash by hand does not: call this after it.';
