"""Clients that write, one after the other, and note what they were told."""

import http.client
import json
import random
import threading
import time
import uuid

from ledger import ACKNOWLEDGED, REFUSED, UNANSWERED, UNSENT, Write

REPEATS = False
"""Whether a POST without an answer is sent again under its Idempotency-Key until it has one."""

STATUSES = ("OPEN", "IN_PROGRESS", "WAITING", "RESOLVED", "CLOSED")
TICKETS_KEPT = 20


class Writer(threading.Thread):
    """Writes through one server, over a connection that it keeps, until told to stop."""

    def __init__(self, number, seed, server, org, key, ledger):
        super().__init__(daemon=True)
        self.number, self.server, self.org, self.key, self.ledger = number, server, org, key, ledger
        self.random = random.Random(f"{seed}-{number}")
        # Some lose patience early; others wait longer than the server may take (10 s).
        self.patience = (3, 12)[number % 2]
        self.connection = None
        self.tickets, self.conversations = [], []
        self.made = 0
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.is_set():
            write, method, path, body = self.next_write()
            self.perform(write, method, path, body)
            self.ledger.note(write)
            if write.outcome == ACKNOWLEDGED:
                self.remember(write)
                self.stopping.wait(self.random.uniform(0, 0.08))
            else:
                self.stopping.wait(self.random.uniform(0.1, 0.3))
        self.disconnect()

    # --- What is written ---

    def next_write(self):
        self.made += 1
        marker = f"w{self.number}-{self.made}"
        text = f"{marker} {'lorem ipsum ' * self.random.randint(1, 200)}"
        author = f"user{self.random.randint(1, 200)}@example.com"
        kind = self.random.choices(
            ("ticket", "comment", "conversation", "message", "change"), (35, 25, 10, 15, 15))[0]
        if kind in ("comment", "change") and not self.tickets:
            kind = "ticket"
        if kind == "message" and not self.conversations:
            kind = "conversation"
        write = Write(kind, marker, self.org, self.server.name)
        if kind == "ticket":
            body = {"subject": marker, "description": text, "createdByEmail": author}
            return write, "POST", "/tickets", body
        if kind == "conversation":
            return write, "POST", "/chat/conversations", {"visitorName": marker}
        if kind == "message":
            write.parent = self.random.choice(self.conversations)
            body = {"content": text, "senderType": "visitor"}
            return write, "POST", f"/chat/conversations/{write.parent}/messages", body
        write.parent = self.random.choice(self.tickets)
        if kind == "comment":
            body = {"content": text, "authorEmail": author}
            return write, "POST", f"/tickets/{write.parent}/comments", body
        body = {"status": self.random.choice(STATUSES), "tags": [marker]}
        return write, "PATCH", f"/tickets/{write.parent}", body

    def remember(self, write):
        kept = {"ticket": self.tickets, "conversation": self.conversations}.get(write.kind)
        if kept is not None:
            kept.append(write.id)
            del kept[:-TICKETS_KEPT]

    # --- Sending ---

    def perform(self, write, method, path, body):
        key = str(uuid.UUID(int=self.random.getrandbits(128), version=4)) if method == "POST" else None
        may_have_happened = False
        while True:
            write.tries += 1
            outcome = self.send(write, method, path, json.dumps(body).encode(), key)
            may_have_happened |= outcome == UNANSWERED
            # No connection at the second try says nothing about the first.
            write.outcome = UNANSWERED if may_have_happened and outcome == UNSENT else outcome
            if not (REPEATS and key and write.outcome == UNANSWERED) or self.stopping.is_set():
                return
            self.stopping.wait(self.random.uniform(0.1, 0.3))

    def send(self, write, method, path, body, key):
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        sent = time.monotonic()
        if self.connection is None:
            self.connection = http.client.HTTPConnection(
                "127.0.0.1", self.server.front.port, timeout=self.patience)
            try:
                self.connection.connect()
            except OSError:
                self.disconnect()
                return UNSENT
        try:
            self.connection.request(method, f"/api/external{path}", body, headers)
            response = self.connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException):
            self.disconnect()
            return UNANSWERED
        if response.will_close:
            self.disconnect()
        if 200 <= response.status < 300:
            write.id = json.loads(answer)["id"]
            write.was_replayed = response.headers.get("Idempotency-Replayed") == "true"
            self.ledger.note_success(self.server.name, sent, time.monotonic())
            return ACKNOWLEDGED
        if response.status != 503:
            self.ledger.note_unexpected(f"{method} {path} ({write.marker}): {response.status} {answer[:300]!r}")
        return REFUSED if response.status < 500 else UNANSWERED

    def disconnect(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def stop(self):
        """Ends after the write under way."""
        self.stopping.set()
