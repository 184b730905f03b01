-- The order of changes: each change of a ticket or conversation is later than the one before, as the API shows it.

-- Without a "set" clause, so that the planner puts its body in place of the call.
create function helpdesk.next_moment(last timestamptz) returns timestamptz
language sql volatile parallel safe
return greatest(clock_timestamp(), date_trunc('milliseconds', last) + interval '1 millisecond');
comment on function helpdesk.next_moment is
  'The moment of a change of what last changed at "last": now, and later by a millisecond at least, which '
  'is what the API shows and what ids begin with. Also when the clock was set back.';
