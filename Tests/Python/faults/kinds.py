"""The kinds of faults. Each is begun and ended by one function, which tells whether it took effect.

A function returns when what it broke is whole again; what the servers make of that is measured after.
"""

import http.client
import os
import socket
import struct
import time
import urllib.request
from email.utils import parsedate_to_datetime
from functools import partial

from programs import Failure, wait_until
from receiver import MODES


class Faults:
    """Injects faults into what it is given; `random` decides on whom and how long, in seconds at most
    `longest`."""

    def __init__(self, cluster, servers, receiver, longest):
        self.cluster, self.servers, self.receiver, self.longest = cluster, servers, receiver, longest
        self.afterwards = None  # What is to be made whole once the servers have recovered.

    def heal(self):
        """Makes whole what the servers have to do without until they have recovered."""
        if self.afterwards:
            self.afterwards()
            self.afterwards = None
        self.cluster.heal()

    def kinds(self):
        """Name and function of each kind that is possible here, and why others are not."""
        kinds = {
            # These leave the database alone, so that one of the others may happen meanwhile.
            "server killed": self.kill_server,
            "server suspended": self.suspend_server,
            "clock wrong by hours": self.wrong_clock,
            "clients cut off": partial(self.disturb_clients, "cut"),
            "clients in a black hole": partial(self.disturb_clients, "a black hole"),
            "receiver fails": self.receiver_fails,
            "database sessions terminated": self.terminate_sessions,
            "no connections left": self.take_connections,
            "database cut off": partial(self.disturb_database, "cut"),
            "database in a black hole": partial(self.disturb_database, "a black hole"),
            "database stopped at once": self.stop_database,
            "database killed": self.kill_database,
            "standby away": self.standby_away,
            "standby promoted": self.promote,
            "disk full": self.fill_disk,
        }
        impossible = {}
        if not all(node.is_mounted for node in self.cluster.nodes):
            impossible["disk full"] = "mounting a small disk needs root"
        if not any(server.has_clock for server in self.servers):
            impossible["clock wrong by hours"] = "libfaketime is not installed"
        return {name: kinds[name] for name in kinds if name not in impossible}, impossible

    def are_apart(self, one, another):
        """True if one of these leaves the database alone, and the other everything but that."""
        names = list(self.kinds()[0])
        first = names.index("database sessions terminated")
        return (names.index(one) < first) != (names.index(another) < first)

    def seconds(self, random):
        return random.uniform(1.5, self.longest)

    def pause(self, random):
        time.sleep(self.seconds(random))

    def some_servers(self, random):
        """One of them, or both."""
        return random.choice([[server] for server in self.servers] + [self.servers])

    # --- Servers ---

    def kill_server(self, random):
        server = random.choice(self.servers)
        server.kill()
        self.pause(random)
        server.start()
        return True

    def suspend_server(self, random):
        server = random.choice(self.servers)
        server.freeze()
        self.pause(random)
        server.thaw()
        return True

    def wrong_clock(self, random):
        server = next(server for server in self.servers if server.has_clock)
        hours = random.choice([-30, -5, 5, 30])
        server.set_clock(hours)
        try:
            wait_until(
                "the server has the wrong clock", lambda: abs(clock_error(server) - hours * 3600) < 600, 10)
            self.pause(random)
        finally:
            server.set_clock(0)
        wait_until("the server has the right clock again", lambda: abs(clock_error(server)) < 600, 10)
        return True

    # --- Networks ---

    def disturb_clients(self, how, random):
        return self.disturb(how, random, [server.front for server in self.some_servers(random)])

    def disturb_database(self, how, random):
        return self.disturb(how, random, [proxy for server in self.some_servers(random) for proxy in server.back])

    def disturb(self, how, random, proxies):
        for proxy in proxies:
            proxy.become(how)
        self.pause(random)
        hit = sum(proxy.hit for proxy in proxies)
        for proxy in proxies:
            proxy.become("whole")
        return hit > 0

    # --- The database ---

    def terminate_sessions(self, random):
        return int(self.cluster.sql(TERMINATE)[0][0]) > 0

    def take_connections(self, random):
        """Takes every connection, those of the servers as well."""
        port, hogs, has_all = self.cluster.primary.port, [], False
        until = time.monotonic() + self.seconds(random) + 1
        try:
            while time.monotonic() < until:
                take_all(port, hogs)
                # A server whose session ends asks for another at once, and now and then is the quicker.
                ended = int(self.cluster.sql(TERMINATE)[0][0])
                take_all(port, hogs)
                has_all |= ended == 0
        finally:
            for hog in hogs:
                hog.close()
        return has_all

    def stop_database(self, random):
        return self.without(self.cluster.primary, random)

    def standby_away(self, random):
        """Nothing can be acknowledged while there is no standby to hold it."""
        return self.without(self.cluster.standby, random)

    def without(self, node, random):
        node.stop()
        self.pause(random)
        self.cluster.heal()
        return True

    def kill_database(self, random):
        self.cluster.primary.kill()
        self.cluster.heal()
        return True

    def promote(self, random):
        """Fails over. The old primary is dead before, and its machine refuses connections or is silent;
        it comes back as a copy of the new one."""
        gone = [server.back[self.cluster.nodes.index(self.cluster.primary)] for server in self.servers]
        how = random.choice(["cut", "a black hole"])
        self.cluster.primary.kill()
        for proxy in gone:
            proxy.become(how)
        self.cluster.fail_over()
        self.afterwards = lambda: [proxy.become("whole") for proxy in gone]
        return True

    def fill_disk(self, random):
        node = self.cluster.primary
        begin, path = os.path.getsize(node.log), os.path.join(node.disk, "ballast")
        try:
            with open(path, "wb", buffering=0) as ballast:
                until = time.monotonic() + 15
                while not logged(node.log, begin, b"No space left on device"):
                    if time.monotonic() > until:
                        return False
                    fill(ballast, 0.2)
                fill(ballast, self.seconds(random))
        finally:
            os.unlink(path)
        self.cluster.heal()
        return True

    # --- The receiver ---

    def receiver_fails(self, random):
        before = self.receiver.refused
        self.receiver.mode = random.choice(MODES)
        self.pause(random)
        self.receiver.mode = None
        return self.receiver.refused > before


TERMINATE = """select count(pg_terminate_backend(pid)) from pg_stat_activity
                where usename = 'tacohelp' and application_name <> 'hog'"""


def clock_error(server):
    """By how many seconds the server's clock is wrong; asked without the proxy."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/healthz", timeout=5) as answer:
            date = answer.headers["Date"]
    except (OSError, http.client.HTTPException) as error:
        raise Failure(f"server {server.name} does not answer to /healthz: {error}") from None
    return parsedate_to_datetime(date).timestamp() - time.time()


def take_all(port, hogs):
    """Opens sessions until one is refused, and adds them to `hogs`."""
    pairs = b"user\0tacohelp\0database\0tacohelp\0application_name\0hog\0\0"
    startup = struct.pack("!ii", 8 + len(pairs), 196608) + pairs
    for _ in range(200):
        hog = socket.create_connection(("127.0.0.1", port), timeout=5)
        hog.sendall(startup)
        # The first byte is R, the authentication, or E: too many connections.
        if hog.recv(1) != b"R" or not is_ready(hog):
            hog.close()
            return
        hogs.append(hog)


def is_ready(session):
    """True if the session's start ends well: with ReadyForQuery, not with an error."""
    received = b""
    while not received.endswith(b"Z\0\0\0\x05I"):
        part = session.recv(4096)
        received += part
        if not part or b"C53300\0" in received:
            return False
    return True


def fill(ballast, seconds):
    """Takes what is free on a disk, and for so long what becomes free."""
    until = time.monotonic() + seconds
    block = bytes(64 * 1024)
    while time.monotonic() < until:
        try:
            ballast.write(block)
        except OSError:
            # The last pages, a smaller one at a time.
            block = block[: max(len(block) // 2, 512)]
            time.sleep(0.002)


def logged(path, begin, text):
    with open(path, "rb") as file:
        file.seek(begin)
        return text in file.read()
