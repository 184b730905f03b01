"""`tacohelp serve` with its worker, behind proxies on both sides and with a clock that can be wrong."""

import os
import pathlib
import signal
import subprocess

from programs import Failure, free_port


ALLOWED = {"WEBHOOK_ALLOW_HTTP": "true", "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"}
"""Lets webhooks go to receivers on this machine."""


class Server:
    """One server. Writers reach it at `front.port`; it reaches the database through `back`."""

    def __init__(self, name, executable, folder, network, cluster, faketime):
        self.name, self.executable, self.folder = name, executable, folder
        self.port = free_port()
        self.front = network.proxy(self.port)
        self.back = [network.proxy(node.port) for node in cluster.nodes]
        self.process = None
        self.has_clock = faketime is not None
        hosts = ",".join(f"127.0.0.1:{proxy.port}" for proxy in self.back)
        self.environment = {
            **os.environ, **ALLOWED,
            "DATABASE_URL": f"postgresql://tacohelp@{hosts}/tacohelp?target_session_attrs=read-write",
            "DATABASE_POOL_SIZE": "6",
            "DATABASE_WAIT": "60s",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "LOG_LEVEL": "notice",
        }
        self.clock = os.path.join(folder, f"clock-{name}")
        if faketime:
            self.set_clock(0)
            self.environment.update(
                LD_PRELOAD=faketime, FAKETIME_TIMESTAMP_FILE=self.clock, FAKETIME_CACHE_DURATION="1",
                FAKETIME_DONT_FAKE_MONOTONIC="1")

    @property
    def log(self):
        return os.path.join(self.folder, f"server-{self.name}.log")

    def start(self):
        with open(self.log, "ab") as log:
            # By way of env, since libfaketime sets a variable in the first program it is loaded into, and
            # Swift then finds no arguments there. In a session of its own, so that Ctrl-C ends the suite
            # and the suite ends this.
            self.process = subprocess.Popen(
                ["env", self.executable, "serve"], env=self.environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True)

    def check(self):
        """Nothing but a fault may end it."""
        status = self.process.poll()
        if status is not None:
            raise Failure(f"server {self.name} ended by itself with {status}: see {self.log}")

    def kill(self):
        if self.process is None:
            return
        self.process.kill()
        self.process.wait(10)
        if self.has_clock:
            # The memory that libfaketime's processes share outlives one that is killed.
            for left in ("faketime_shm_", "sem.faketime_sem_"):
                pathlib.Path(f"/dev/shm/{left}{self.process.pid}").unlink(missing_ok=True)

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def set_clock(self, hours):
        new = f"{self.clock}.new"
        with open(new, "w", encoding="utf-8") as file:
            file.write(f"{hours:+d}h\n")
        os.replace(new, self.clock)
