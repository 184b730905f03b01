-- People who write in.

create or replace function helpdesk.find_or_create_client(org_id text, email text) returns text
language plpgsql volatile as $$
#variable_conflict use_variable
declare
  user_id text;
begin
  -- Another transaction may be creating the same one, and then roll back.
  for attempt in 1..4 loop
    select u.id into user_id from helpdesk.users u
     where u.org_id = org_id
       and helpdesk.email_key(u.email) collate "C" = helpdesk.email_key(email) collate "C";
    exit when found;
    insert into helpdesk.users as u (org_id, id, name, email, role)
    values (org_id, helpdesk.new_id(clock_timestamp()), split_part(email, '@', 1), email, 'client')
    on conflict do nothing
    returning u.id into user_id;
    exit when found;
  end loop;
  return user_id;
end
$$;
comment on function helpdesk.find_or_create_client is
  'The id of the user who has the e-mail address in the organization; creates a client if nobody '
  'has. Null if concurrent changes prevented each try.';
