-- Functions look for types in the session's temporary schema last: ops calls these with its owner's rights.

alter function helpdesk.new_id set search_path = pg_catalog, pg_temp;
alter function helpdesk.admit set search_path = pg_catalog, pg_temp;
