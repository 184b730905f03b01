"""The database as it is when all is over."""

from collections import defaultdict

QUERIES = {
    "tickets": """select org_id, id, subject, number, status, array_to_string(tags, ' ')
                    from helpdesk.tickets""",
    "comments": "select org_id, id, split_part(content, ' ', 1), ticket_id from helpdesk.comments",
    "conversations": "select org_id, id, visitor_name from helpdesk.conversations",
    "messages": """select org_id, id, split_part(content, ' ', 1), conversation_id
                     from helpdesk.messages""",
    # In the order of what happened to a ticket: what was at the same moment, by the change itself.
    "events": """select org_id, id, type, ticket_id, (extract(epoch from created_at) * 1000000)::bigint,
                        encode(sha256(convert_to(body, 'UTF8')), 'hex'), body::json #>> '{data,comment,id}',
                        body::json #>> '{data,ticket,status}',
                        array_to_string(array(select json_array_elements_text(
                          body::json #> '{data,ticket,tags}')), ' '),
                        body::json #>> '{data,changes,status,from}',
                        array_to_string(array(select json_array_elements_text(
                          body::json #> '{data,changes,tags,from}')), ' ')
                   from helpdesk.events order by org_id, ticket_id, created_at, id""",
    "deliveries": "select event_id, state from helpdesk.deliveries",
    # Everything that is counted beside what it counts; a row for each that differs.
    "counters": """
      with counted as (
        select org_id, count(*) as n, coalesce(max(number), 0) as last,
               count(*) filter (where status = 'OPEN') as open,
               count(*) filter (where status = 'IN_PROGRESS') as in_progress,
               count(*) filter (where status = 'WAITING') as waiting,
               count(*) filter (where status = 'RESOLVED') as resolved,
               count(*) filter (where status = 'CLOSED') as closed
          from helpdesk.tickets group by org_id)
      select 'tickets of ' || org_id, c::text, t::text
        from helpdesk.ticket_counters c full join counted t using (org_id)
       where (c.last_number, c.open, c.in_progress, c.waiting, c.resolved, c.closed)
             is distinct from (t.n, t.open, t.in_progress, t.waiting, t.resolved, t.closed)
          or t.n <> t.last
      union all
      select 'conversations of ' || org_id, c::text, t::text
        from helpdesk.conversation_counters c
        full join (select org_id, count(*) filter (where status = 'active') as active,
                          count(*) filter (where status = 'ended') as ended
                     from helpdesk.conversations group by org_id) t using (org_id)
       where (c.active, c.ended) is distinct from (t.active, t.ended)""",
}


class Facts:
    """The rows of each query, and the writes of the ledger as they are found in them."""

    def __init__(self, cluster):
        self.rows = {name: cluster.sql(query, 120) for name, query in QUERIES.items()}
        self.found = defaultdict(list)
        """By kind and marker: (organization, id, parent) of each time it was done."""
        for org, id, marker, *_ in self.rows["tickets"]:
            self.found["ticket", marker].append((org, id, ""))
        for org, id, marker, parent in self.rows["comments"]:
            self.found["comment", marker].append((org, id, parent))
        for org, id, marker in self.rows["conversations"]:
            self.found["conversation", marker].append((org, id, ""))
        for org, id, marker, parent in self.rows["messages"]:
            self.found["message", marker].append((org, id, parent))
        # A change shows in its event; that every state has its event is another check.
        for org, _, type, ticket, *_, tags, _, _ in self.rows["events"]:
            if type == "ticket.updated":
                self.found["change", tags].append((org, ticket, ticket))
