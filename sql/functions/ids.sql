-- Ids and moments.

create or replace function helpdesk.new_id(at timestamptz) returns text
language plpgsql volatile strict parallel safe as $$
declare
  ms constant bigint := floor(extract(epoch from at) * 1000)::bigint;
  digits constant text := '0123456789abcdefghijklmnopqrstuvwxyz';
begin
  -- One expression, because PL/pgSQL would run a loop statement by statement.
  return 'c'
    || substr(digits, (ms / 78364164096 % 36)::int + 1, 1) || substr(digits, (ms / 2176782336 % 36)::int + 1, 1)
    || substr(digits, (ms / 60466176 % 36)::int + 1, 1) || substr(digits, (ms / 1679616 % 36)::int + 1, 1)
    || substr(digits, (ms / 46656 % 36)::int + 1, 1) || substr(digits, (ms / 1296 % 36)::int + 1, 1)
    || substr(digits, (ms / 36 % 36)::int + 1, 1) || substr(digits, (ms % 36)::int + 1, 1)
    -- Without the bits that are the same in every UUID of this version.
    || left(overlay(gen_random_uuid()::text placing '' from 9 for 16), 16);
end
$$;
comment on function helpdesk.new_id is
  'An id: "c", eight base-36 digits of Unix milliseconds, 64 random bits in hexadecimal. Sorts by '
  'time.';

-- Without a "set" clause, so that the planner inlines its body.
create or replace function helpdesk.next_moment(last timestamptz) returns timestamptz
language sql volatile parallel safe
return greatest(clock_timestamp(), date_trunc('milliseconds', last) + interval '1 millisecond');
comment on function helpdesk.next_moment is
  'The time for a change of something that last changed at "last": now, but at least one millisecond '
  'later than "last", even if the clock was set back. The API and ids show milliseconds.';

create or replace function helpdesk.rfc3339(at timestamptz) returns text
language sql stable parallel safe
return to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
comment on function helpdesk.rfc3339 is
  'RFC 3339 in UTC with milliseconds, truncated, not rounded: 2026-03-17T09:30:00.000Z.';

create or replace function helpdesk.has_changed(updated_at timestamptz, unchanged_since bigint[]) returns boolean
language sql stable parallel safe
return unchanged_since is not null
   and floor(extract(epoch from updated_at) * 1000)::bigint <> all (unchanged_since);
comment on function helpdesk.has_changed is
  'True if what last changed at updated_at has changed since the client read it. unchanged_since: '
  'times in Unix milliseconds, any one of which will do; null: the client set no condition.';
