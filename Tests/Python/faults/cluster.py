"""Two PostgreSQL servers: a primary, and a standby that has every commit before it is acknowledged."""

import csv
import io
import os
import shutil
import signal

from programs import Failure, as_postgres, free_port, give_to_postgres, run, wait_until

SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = on
full_page_writes = on
synchronous_commit = on
max_connections = 40
shared_buffers = 32MB
max_wal_size = 256MB
wal_keep_size = 256MB
wal_retrieve_retry_interval = 200ms
wal_receiver_timeout = 5s
wal_sender_timeout = 5s
dynamic_shared_memory_type = mmap
"""


class Node:
    """One server. Its data is on a small disk of its own where mounting is allowed; its WAL never is."""

    def __init__(self, programs, folder, disk_megabytes):
        self.programs, self.folder, self.port = programs, folder, free_port()
        self.disk = os.path.join(folder, "disk")
        self.data = os.path.join(self.disk, "data")
        self.wal = os.path.join(folder, "wal")
        self.log = os.path.join(folder, "log")
        os.makedirs(self.disk)
        self.is_mounted = os.geteuid() == 0 and os.system(
            f"mount -t tmpfs -o size={disk_megabytes}m faults '{self.disk}' 2>/dev/null") == 0
        for path in (folder, self.disk):
            give_to_postgres(path)

    def create(self):
        as_postgres(
            f"{self.programs}/initdb", "-D", self.data, "-X", self.wal, "-U", "postgres", "-A", "trust",
            "-E", "UTF8", "--locale=C.UTF-8")
        with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="utf-8") as file:
            file.write(SETTINGS)

    def copy(self, primary):
        """Becomes a standby of `primary`, with nothing left of what it was."""
        if os.path.exists(os.path.join(self.data, "postmaster.pid")):
            # A server that was killed would remove it at its next start.
            run("ipcrm", "-m", self.lock_file()[6].split()[1], check=False)
        for path in (self.data, self.wal):
            shutil.rmtree(path, ignore_errors=True)
        as_postgres(
            f"{self.programs}/pg_basebackup", "-h", "127.0.0.1", "-p", primary.port, "-U", "postgres",
            "-D", self.data, "--waldir", self.wal, "-R", "-c", "fast", seconds=120)

    def start(self):
        # Right after a kill, its children may still hold the shared memory.
        wait_until(
            f"PostgreSQL starts ({self.log})",
            lambda: self.control("start", "-l", self.log, "-t", "30", "-o", f"-p {self.port}", check=False), 60)

    def stop(self):
        self.control("stop", "-m", "immediate", check=False)

    def kill(self):
        process = int(self.lock_file()[0])
        os.kill(process, signal.SIGKILL)
        wait_until("PostgreSQL is dead", lambda: not os.path.exists(f"/proc/{process}"), 10)

    def lock_file(self):
        with open(os.path.join(self.data, "postmaster.pid"), encoding="utf-8") as file:
            return file.read().splitlines()

    def runs(self):
        return self.control("status", check=False)

    def promote(self):
        self.control("promote", "-t", "30")

    def control(self, command, *options, check=True):
        wait = () if command == "status" else ("-w", "-s")
        return as_postgres(f"{self.programs}/pg_ctl", command, "-D", self.data, *wait, *options, check=check)

    def sql(self, statement, seconds=30):
        """Rows as lists of text."""
        text = run(
            f"{self.programs}/psql", "-X", "-q", "-t", "--csv", "-v", "ON_ERROR_STOP=1", "-c", statement,
            f"postgresql://postgres@127.0.0.1:{self.port}/tacohelp", seconds=seconds,
            env={**os.environ, "PGCONNECT_TIMEOUT": "5", "PGCLIENTENCODING": "UTF8"})
        return list(csv.reader(io.StringIO(text)))

    def delete(self):
        self.stop()
        if self.is_mounted:
            os.system(f"umount '{self.disk}' || umount -l '{self.disk}'")


class Cluster:
    """The primary and its standby; they change places when the standby is promoted."""

    def __init__(self, programs, folder, disk_megabytes):
        self.nodes = [Node(programs, os.path.join(folder, name), disk_megabytes) for name in ("one", "two")]
        self.primary, self.standby = self.nodes
        self.is_alone = False

    def create(self):
        self.primary.create()
        self.primary.start()
        run(f"{self.primary.programs}/psql", "-X", "-q", "-c", "create role tacohelp login",
            "-c", "create database tacohelp owner tacohelp",
            f"postgresql://postgres@127.0.0.1:{self.primary.port}/postgres")
        self.attach_standby()

    def attach_standby(self):
        """From here on a commit is acknowledged when both have it on disk."""
        self.standby.copy(self.primary)
        self.standby.start()
        wait_until("the standby streams", self.streams, 30)
        self.primary.sql("alter system set synchronous_standby_names = '*'")
        self.primary.sql("select pg_reload_conf()")
        wait_until("the standby is synchronous", self.is_synchronous, 30)

    def streams(self, also="true"):
        try:
            return self.primary.sql(
                f"select 1 from pg_stat_replication where state = 'streaming' and {also}")
        except Failure:
            return False  # It is still starting.

    def is_synchronous(self):
        return self.streams("sync_state = 'sync'")

    def fail_over(self):
        """The standby takes over. The old primary has been stopped before, and never serves again."""
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary
        self.is_alone = True

    def heal(self):
        """Starts what does not run, and waits until the standby holds every commit again."""
        if self.is_alone:
            self.attach_standby()
            self.is_alone = False
        for node in self.nodes:
            if not node.runs():
                node.start()
        wait_until("the standby follows", self.is_synchronous, 60)

    def sql(self, statement, seconds=30):
        return self.primary.sql(statement, seconds)

    def delete(self):
        for node in self.nodes:
            node.delete()
