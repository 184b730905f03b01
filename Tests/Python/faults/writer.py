"""Clients that write, one after the other, and note what they were told. A POST without an answer is sent
again under its `Idempotency-Key`, through either server, until it has one; and now and then one that has."""

import http.client
import json
import random
import threading
import time
import uuid

from ledger import ACKNOWLEDGED, REFUSED, UNANSWERED, UNSENT, Write

STATUSES = ("OPEN", "IN_PROGRESS", "WAITING", "RESOLVED", "CLOSED")
TICKETS_KEPT = 20
PATIENCE_IN_ALL = 90
"""Seconds that a write is sent again for: longer than any fault lasts."""


class Writer(threading.Thread):
    """Writes through one server, over a connection that it keeps, until told to stop."""

    def __init__(self, number, seed, servers, org, key, ledger):
        super().__init__(daemon=True)
        self.number, self.servers, self.org, self.key, self.ledger = number, servers, org, key, ledger
        self.server = servers[number % len(servers)]
        self.random = random.Random(f"{seed}-{number}")
        # Some lose patience early; others wait longer than the server may take (10 s).
        self.patience = (3, 12)[number % 2]
        self.connections = {}  # By the server's name.
        self.tickets, self.conversations = [], []
        self.made = 0
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.is_set():
            write, method, path, body = self.next_write()
            self.perform(write, method, path, body)
            self.ledger.writes.append(write)
            if write.outcome == ACKNOWLEDGED:
                self.remember(write)
                self.stopping.wait(self.random.uniform(0, 0.08))
            else:
                self.stopping.wait(self.random.uniform(0.1, 0.3))
        for server in self.servers:
            self.disconnect(server)

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
        parents = {"comment": self.tickets, "change": self.tickets, "message": self.conversations}.get(kind)
        parent = self.random.choice(parents) if parents else ""
        method, path, body = {
            "ticket": ("POST", "/tickets", {"subject": marker, "description": text, "createdByEmail": author}),
            "conversation": ("POST", "/chat/conversations", {"visitorName": marker}),
            "message": ("POST", f"/chat/conversations/{parent}/messages", {"content": text, "senderType": "visitor"}),
            "comment": ("POST", f"/tickets/{parent}/comments", {"content": text, "authorEmail": author}),
            "change": ("PATCH", f"/tickets/{parent}", {"status": self.random.choice(STATUSES), "tags": [marker]}),
        }[kind]
        return Write(kind, marker, self.org, self.server.name, parent), method, path, body

    def remember(self, write):
        kept = {"ticket": self.tickets, "conversation": self.conversations}.get(write.kind)
        if kept is not None:
            kept.append(write.id)
            del kept[:-TICKETS_KEPT]

    # --- Sending ---

    def perform(self, write, method, path, body):
        data = json.dumps(body).encode()
        if method != "POST":
            write.tries = 1
            write.outcome = self.send(self.server, write, method, path, data)
            return
        key = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        server, may_have_happened = self.server, False
        end = time.monotonic() + PATIENCE_IN_ALL
        while True:
            write.tries += 1
            outcome = self.send(server, write, method, path, data, key)
            may_have_happened |= outcome == UNANSWERED
            # That there is no connection now says nothing about the try before.
            write.outcome = UNANSWERED if may_have_happened and outcome == UNSENT else outcome
            if write.outcome != UNANSWERED or time.monotonic() > end:
                break
            time.sleep(self.random.uniform(0.1, 0.3))
            server = self.random.choice(self.servers)
        if write.outcome == ACKNOWLEDGED and self.random.random() < 0.03:
            self.ask_again(write, method, path, data, key)

    def ask_again(self, write, method, path, data, key):
        """The same request through any server must have the same answer."""
        again = Write(write.kind, write.marker, write.org, write.server)
        outcome = self.send(self.random.choice(self.servers), again, method, path, data, key)
        if outcome == ACKNOWLEDGED and (again.id != write.id or not again.was_replayed):
            self.ledger.unexpected.append(f"{write} was answered with {again} when sent again")

    def send(self, server, write, method, path, body, key=None):
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        sent = time.monotonic()
        connection = self.connections.get(server.name)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", server.front.port, timeout=self.patience)
            try:
                connection.connect()
            except OSError:
                return UNSENT
            self.connections[server.name] = connection
        try:
            connection.request(method, f"/api/external{path}", body, headers)
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException):
            self.disconnect(server)
            return UNANSWERED
        if response.will_close:
            self.disconnect(server)
        if 200 <= response.status < 300:
            write.id = json.loads(answer)["id"]
            if response.headers.get("Idempotency-Replayed") == "true":
                write.was_replayed = True
                self.ledger.replays.append(write.marker)
            self.ledger.successes.append((server.name, sent, time.monotonic()))
            return ACKNOWLEDGED
        if response.status != 503:
            self.ledger.unexpected.append(f"{method} {path} ({write.marker}): {response.status} {answer[:300]!r}")
        return REFUSED if response.status < 500 else UNANSWERED

    def disconnect(self, server):
        connection = self.connections.pop(server.name, None)
        if connection is not None:
            connection.close()

    def stop(self):
        """Ends after the write under way."""
        self.stopping.set()
