-- How many comments a ticket has and how many messages a conversation has, so that a limit on them counts no rows.

-- Null means not counted yet. Rows that are here already are counted when their next comment or message
-- comes, and so are rows that a server of the release before makes. So this migration changes no row and
-- holds its locks for a moment. Nor does it check rows that all have null: hence "not valid".
alter table helpdesk.tickets
  add column comment_count int,
  add constraint tickets_comment_count_check check (comment_count >= 0) not valid;
alter table helpdesk.conversations
  add column message_count int,
  add constraint conversations_message_count_check check (message_count >= 0) not valid;

comment on column helpdesk.tickets.comment_count is
  'Its comments; null: not counted yet. Moves in the statement that adds or moves comments. A server of the release before does not count: while it runs, a ticket may get a few more than are counted.';
comment on column helpdesk.conversations.message_count is
  'Its messages; null: not counted yet. As tickets.comment_count.';
