-- Users: creating one, giving one a link to set a password, and ending sessions.

create or replace function ops._is_email(address text) returns boolean
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  -- The second pattern: white space and control characters, angle brackets, and the characters of
  -- Unicode's categories Cf and Zs, which are invisible.
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

create or replace function ops._checked_email(argument text, email text) returns text
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  checked constant text := ops._checked_text(argument, email, 254);
begin
  if not ops._is_email(checked) then
    raise invalid_parameter_value using message =
      format('%s must be an address such as ada@example.com, not %L', argument, email);
  end if;
  return checked;
end
$$;
comment on function ops._checked_email is
  'For the other functions: the e-mail address without white space around it. 22023 if it is not one.';

create or replace function ops._check_user(user_id text) returns text
language sql stable security definer
set search_path = pg_catalog, pg_temp
return ops._found('user', user_id, (
  select o.id from helpdesk.organizations o
    join helpdesk.users u on u.org_id = o.id and u.id = _check_user.user_id));
comment on function ops._check_user is
  'For the other functions: the organization of a user. P0002 unless the user exists.';

create or replace function ops.create_user(
  org_id text, email text, name text, role text default 'client', password_hash text default null
) returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  checked_email constant text := ops._checked_email('email', email);
  checked_name constant text := ops._checked_text('name', name, 254);
  checked_role constant text := lower(ops._checked_text('role', role, 100) collate "C");
  made record;
begin
  if checked_role not in ('client', 'agent', 'admin') then
    raise invalid_parameter_value using message =
      format('role must be client, agent or admin, not %L', role);
  elsif password_hash not like '$scrypt$_%' then
    raise invalid_parameter_value using
      message = 'password_hash must be a scrypt hash in PHC format ($scrypt$...)',
      hint = 'A password itself is never stored: "tacohelp user create" makes the hash.';
  end if;
  perform ops._check_org(org_id);
  select * into made
    from helpdesk.create_user(org_id, checked_name, checked_email, checked_role, password_hash);
  if made.refusal = 'email_taken' then
    raise unique_violation using message =
      format('email: the organization already has a user %L', checked_email);
  end if;
  return made.user_id;
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
#variable_conflict use_variable
declare
  org_id constant text := ops._check_user(user_id);
  secret constant text := translate(encode(ops._random_bytes(), 'base64'), '+/=', '-_');
begin
  if exists (select from helpdesk.users u where u.org_id = org_id and u.id = user_id and u.role = 'client') then
    raise invalid_parameter_value using message =
      format('user %L is a client, and clients have no console', user_id);
  end if;
  return ops._done(
    (select m.refusal
       from helpdesk.make_link(org_id, null, null, user_id, sha256(convert_to(secret, 'UTF8')), null) m),
    user_id, format('/invitations/%s.%s', org_id, secret));
end
$$;
comment on function ops.invite_user is
  'Makes a one-time link with which an agent or admin sets a password and is signed in, and returns '
  'its path, without the console''s host. Valid for 7 days, or for 24 hours if there is already a '
  'password, which stays valid until then. An earlier link becomes void.';

create or replace function ops.end_sessions(user_id text) returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
  select ops._done(helpdesk.end_sessions(ops._check_user(user_id), null, null, user_id), user_id, null::text)
$$;
comment on function ops.end_sessions is
  'Signs a user out of the console everywhere, and out of everything else that the same browsers are '
  'signed in to. Setting password_hash by hand does not: call this after it.';
