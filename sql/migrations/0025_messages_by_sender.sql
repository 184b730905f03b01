-- An agent's messages, for whoever deletes the agent.

create index messages_sender_idx on helpdesk.messages (org_id, sender_id) where sender_id is not null;
