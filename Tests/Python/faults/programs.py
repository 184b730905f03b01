"""Programs, ports and waiting: every wait has an end."""

import os
import random
import shutil
import socket
import subprocess
import time


class Failure(Exception):
    """The suite cannot go on: its surroundings failed, or the server did not come back."""


def wait_until(what, condition, seconds):
    """Waits until `condition()` is true and returns what it returned."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"not within {seconds} s: {what}")
        time.sleep(0.05)


chosen_ports = set()


def free_port():
    """A port that nobody uses, outside the range from which the system chooses; each time another."""
    while True:
        port = random.SystemRandom().randrange(12000, 32000)
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in chosen_ports:
            chosen_ports.add(port)
            return port


def run(*command, seconds=60, check=True, **options):
    """Runs a program to its end and returns what it printed."""
    done = subprocess.run(
        [str(part) for part in command], timeout=seconds, text=True, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    if check and done.returncode != 0:
        raise Failure(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def as_postgres(*command, check=True, seconds=60):
    """Runs one of PostgreSQL's programs, which refuse to run as root."""
    if os.geteuid() == 0:
        command = ("runuser", "-u", "postgres", "--", *command)
    # pg_ctl hands its output on to the server that it starts: a pipe would stay open.
    with open(os.devnull, "r+b") as null:
        status = subprocess.run(
            [str(part) for part in command], timeout=seconds, cwd="/", check=False, stdin=null,
            stdout=null, stderr=null, env={**os.environ, "LC_ALL": "C.UTF-8"}).returncode
    if check and status != 0:
        raise Failure(f"{' '.join(map(str, command))} ended with {status}")
    return status == 0


def give_to_postgres(folder):
    os.chmod(folder, 0o700)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
