"""A receiver of webhooks that notes what it has taken, and fails when told to."""

import hashlib
import json
import random
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODES = ("errors", "hangs up", "silent")
TOLERANCE = 5 * 60  # Seconds: what Standard Webhooks allows.


class Receiver:
    """Listens on 127.0.0.1. Counts as received only what it has answered with 2xx."""

    def __init__(self, seed):
        self.lock = threading.Lock()
        self.random = random.Random(seed)
        self.mode = None  # One of MODES while it fails; else it does so now and then.
        self.is_calm = False
        # By the event's id: the SHA-256 of its body, how often it came, and what it says has happened,
        # as (type, what it is about).
        self.bodies, self.times, self.changes = {}, Counter(), {}
        self.differing = []  # Events whose body was not the same each time.
        self.mistimed = []  # Attempts signed with a time that receivers refuse.
        self.refused = 0
        handler = type("Handler", (Handler,), {"receiver": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # Servers are killed: broken connections are no news.
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server.server_address[1]

    def fate(self):
        """The way to fail; None to answer well."""
        with self.lock:
            mode = self.mode
            if not (mode or self.is_calm) and self.random.random() < 0.02:
                mode = self.random.choice(MODES[:2])
            if mode:
                self.refused += 1
            return mode

    def note_time(self, event_id, timestamp):
        error = int(timestamp) - time.time()
        if abs(error) > TOLERANCE:
            with self.lock:
                self.mistimed.append(f"{event_id} was signed with a time wrong by {error:.0f} s")

    def take(self, event_id, body):
        digest = hashlib.sha256(body).hexdigest()
        event = json.loads(body)
        data = event["data"]
        with self.lock:
            self.times[event_id] += 1
            if self.bodies.setdefault(event_id, digest) != digest or event["id"] != event_id:
                self.differing.append(event_id)
            if event["type"] == "ticket.commented":
                change = data["comment"]["id"]
            elif event["type"] == "ticket.updated":
                change = " ".join(data["ticket"]["tags"])
            else:
                change = data["ticket"]["id"]
            self.changes[event_id] = (event["type"], change)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    receiver: Receiver

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.receiver.note_time(self.headers["webhook-id"], self.headers["webhook-timestamp"])
        fate = self.receiver.fate()
        if fate == "silent":
            until = time.monotonic() + 12
            while self.receiver.mode == "silent" and time.monotonic() < until:
                time.sleep(0.1)
        if fate in ("silent", "hangs up"):
            self.close_connection = True
            return
        if fate == "errors":
            self.answer(500)
            return
        self.receiver.take(self.headers["webhook-id"], body)
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass
