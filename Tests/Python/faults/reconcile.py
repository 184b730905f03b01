"""Compares what clients were told, what the database holds and what the receiver got."""

from collections import Counter, defaultdict

from ledger import ACKNOWLEDGED, REFUSED, UNSENT
from programs import Failure

ENTERED = {"RESOLVED": "ticket.resolved", "CLOSED": "ticket.closed"}


def reconcile(ledger, facts, receiver):
    """A list of problems for each check: empty lists when nothing is wrong."""
    return {
        "No acknowledged write is lost": list(lost(ledger, facts)),
        "No write is doubled": list(doubled(facts)),
        "Nothing exists that nobody wrote, or that was refused": list(unaccountable(ledger, facts)),
        "No change is without its event": list(changes_without_event(facts)),
        "No event is without its change": list(events_without_change(ledger, facts)),
        "Every acknowledged event reached the receiver": list(unheard_writes(ledger, receiver)),
        "Every event in the database reached the receiver, and no other": list(unheard(facts, receiver)),
        "Every webhook was signed with the right time": list(receiver.mistimed),
        "Counters and ticket numbers are right": [" ".join(row) for row in facts.rows["counters"]],
        "Every answer was 2xx or 503": ledger.unexpected,
    }


def lost(ledger, facts):
    for write in ledger.writes:
        if write.outcome == ACKNOWLEDGED:
            told = (write.org, write.id, write.parent)
            if told not in facts.found[write.kind, write.marker]:
                yield f"{write} is not there"


def doubled(facts):
    for (kind, marker), times in facts.found.items():
        if len(times) > 1 and marker:
            yield f"{kind} {marker} exists {len(times)} times: {times}"


def unaccountable(ledger, facts):
    written = {(write.kind, write.marker): write for write in ledger.writes}
    for what, times in facts.found.items():
        write = written.get(what)
        if times and (write is None or write.outcome in (REFUSED, UNSENT)):
            yield f"{what} exists: {write or 'nobody wrote it'}"


def changes_without_event(facts):
    """Each ticket and comment has one event; each state of a ticket is what its last event says."""
    created, commented = Counter(), Counter()
    latest = {}
    for _, id, type, ticket, at, _, comment, status, tags, status_before, tags_before in facts.rows["events"]:
        if type == "ticket.created":
            created[ticket] += 1
            latest[ticket] = (status, tags)
        elif type == "ticket.commented":
            commented[comment] += 1
        elif type == "ticket.updated":
            before = latest.get(ticket, ("", ""))
            # A status that did not change is not among the changes.
            if (status_before or before[0], tags_before) != before:
                yield f"event {id} of ticket {ticket} follows on something else than {before}"
            latest[ticket] = (status, tags)
    for _, id, _, _, status, tags in facts.rows["tickets"]:
        if created[id] != 1:
            yield f"ticket {id} has {created[id]} ticket.created"
        if latest.get(id) != (status, tags):
            yield f"ticket {id} is {(status, tags)}, its last event says {latest.get(id)}"
    for _, id, _, _ in facts.rows["comments"]:
        if commented[id] != 1:
            yield f"comment {id} has {commented[id]} ticket.commented"


def events_without_change(ledger, facts):
    """Things that events name exist, and events of a status come with a change of status alone."""
    comments = {row[1] for row in facts.rows["comments"]}
    tickets = {row[1] for row in facts.rows["tickets"]}
    changes = {write.marker for write in ledger.writes if write.kind == "change"}
    due, have = Counter(), Counter()
    deliveries = Counter(row[0] for row in facts.rows["deliveries"])
    for _, id, type, ticket, at, _, comment, status, tags, status_before, _ in facts.rows["events"]:
        if ticket not in tickets:
            yield f"event {id}, {type}: no ticket {ticket}"
        if type == "ticket.commented" and comment not in comments:
            yield f"event {id}: no comment {comment}"
        if type == "ticket.updated":
            if tags not in changes:
                yield f"event {id}: nobody made the change {tags!r}"
            if status_before and status in ENTERED:
                due[ticket, at, ENTERED[status]] += 1
            if status_before in ENTERED and status not in ENTERED:
                due[ticket, at, "ticket.reopened"] += 1
        if type in ("ticket.resolved", "ticket.closed", "ticket.reopened"):
            have[ticket, at, type] += 1
        if deliveries[id] != 1:
            yield f"event {id} has {deliveries[id]} deliveries to one endpoint"
    for what in (due - have) + (have - due):
        yield f"{what}: {have[what]} events, not {due[what]}"


def unheard_writes(ledger, receiver):
    """From the client straight to the receiver, whatever the database says."""
    heard = defaultdict(set)
    for type, change in receiver.changes.values():
        heard[type].add(change)
    expected = {"ticket": "ticket.created", "comment": "ticket.commented", "change": "ticket.updated"}
    for write in ledger.writes:
        type, change = expected.get(write.kind), write.marker if write.kind == "change" else write.id
        if write.outcome == ACKNOWLEDGED and type and change not in heard[type]:
            yield f"{write}: no {type}"


def unheard(facts, receiver):
    digests = {row[1]: row[5] for row in facts.rows["events"]}
    for id, digest in digests.items():
        if id not in receiver.bodies:
            yield f"event {id} did not come"
        elif receiver.bodies[id] != digest:
            yield f"event {id} came with another body"
    for id in receiver.bodies.keys() - digests.keys():
        yield f"event {id} came and is not in the database"
    for id in receiver.differing:
        yield f"event {id} came with different bodies"
    for id, state in facts.rows["deliveries"]:
        if state != "succeeded":
            yield f"the delivery of event {id} is {state}"


SABOTAGE = """
  set session_replication_role = replica;
  delete from helpdesk.messages where id = '{message}';
  insert into helpdesk.comments
  select org_id, helpdesk.new_id(clock_timestamp()), ticket_id, author_id, content, created_at
    from helpdesk.comments where id = '{twice}';
  delete from helpdesk.events
   where type = 'ticket.commented' and body::json #>> '{{data,comment,id}}' = '{silent}';
  delete from helpdesk.comments where id = '{unmade}';
  update helpdesk.ticket_counters set open = open + 1;
"""


def sabotage(ledger, cluster, receiver):
    """Breaks a little of everything, to see that `reconcile` finds it; tells which checks must."""

    def latest(kind, count):
        ids = [write.id for write in ledger.writes if write.kind == kind and write.outcome == ACKNOWLEDGED]
        if len(ids) < count:
            raise Failure(f"too few writes to check the checks: {len(ids)} of the kind {kind}")
        return ids[-count:]

    [message], [ticket] = latest("message", 1), latest("ticket", 1)
    twice, silent, unmade = latest("comment", 3)
    cluster.sql(SABOTAGE.format(message=message, twice=twice, silent=silent, unmade=unmade))
    for id in [id for id, change in receiver.changes.items() if change == ("ticket.created", ticket)]:
        del receiver.changes[id], receiver.bodies[id]
    receiver.note_time(ticket, 0)
    return [
        "No acknowledged write is lost", "No write is doubled", "No change is without its event",
        "No event is without its change", "Every acknowledged event reached the receiver",
        "Every event in the database reached the receiver, and no other",
        "Every webhook was signed with the right time",
        "Counters and ticket numbers are right",
    ]
