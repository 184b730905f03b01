"""The answers that the writers were given to each of their writes."""

from dataclasses import dataclass

ACKNOWLEDGED = "acknowledged"
"""Answered with 2xx, the answer read whole: exists exactly once."""
REFUSED = "refused"
"""Answered with 4xx: does not exist. No write of these should be."""
UNANSWERED = "unanswered"
"""503, or no answer: exists once or not at all."""
UNSENT = "not sent"
"""No connection: does not exist."""


@dataclass
class Write:
    kind: str  # ticket, comment, conversation, message or change (PATCH of a ticket)
    marker: str  # unique; stored with what is written
    org: str
    server: str
    parent: str = ""  # the ticket's or conversation's id
    id: str = ""  # of what was made, when acknowledged
    outcome: str = UNSENT
    tries: int = 0
    was_replayed: bool = False


class Ledger:
    """Each list is appended to by several threads, which needs no lock."""

    def __init__(self):
        self.writes = []
        self.unexpected = []  # Answers that are neither 2xx nor 503.
        self.successes = []  # (server, sent, answered) of each acknowledged request, on the monotonic clock.
        self.replays = []  # Markers of the writes that were answered with Idempotency-Replayed.

    def count(self, outcome):
        return sum(write.outcome == outcome for write in self.writes)

    def serves_since(self, server, moment):
        """True if a request to this server was sent after `moment` and acknowledged."""
        return any(name == server and sent > moment for name, sent, _ in self.successes[-1000:])

    def longest_gap(self, begin, end, server=None):
        """The longest time between `begin` and `end` without an acknowledgement (of this server)."""
        moments = sorted(
            answered for name, _, answered in list(self.successes)
            if begin <= answered <= end and server in (None, name))
        moments = [begin, *moments, end]
        return max(later - earlier for earlier, later in zip(moments, moments[1:]))
