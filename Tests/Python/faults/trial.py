"""One run: start everything, write, inject faults, wait for what is under way, reconcile, report."""

import os
import random
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from cluster import Cluster
from facts import Facts
from kinds import Faults
from ledger import Ledger
from programs import Failure, run, wait_until
from proxy import Network
from receiver import Receiver
from reconcile import reconcile, sabotage
from report import Injected, Report
from server import ALLOWED, Server
from writer import PATIENCE_IN_ALL, Writer

WRITERS = 8
ORGANIZATIONS = 2
RECOVERY = 30
"""Seconds within which both servers must acknowledge writes again, on a machine busy with the suite."""
UNDER_WAY = 5
"""Seconds after which no server writes anymore for a client that has gone: above `DATABASE_TIMEOUT`."""


class Trial:
    def __init__(self, options, executable, programs, faketime):
        self.options = options
        self.executable, self.programs, self.faketime = executable, programs, faketime
        # Not in /tmp, which may be memory: commits shall wait for a disk.
        self.folder = tempfile.mkdtemp(prefix="tacohelp-faults-", dir="/var/tmp")
        os.chmod(self.folder, 0o755)
        self.random = random.Random(options.seed)
        self.ledger = Ledger()
        self.receiver = Receiver(options.seed)
        self.network = Network()
        self.cluster, self.servers, self.writers, self.endpoints = None, [], [], []
        self.report = Report(options, self.ledger, self.receiver)

    def run(self):
        """Returns true if everything was well."""
        self.start()
        self.inject()
        self.settle()
        facts = Facts(self.cluster)
        problems = reconcile(self.ledger, facts, self.receiver)
        self.report.print(facts, problems)
        self.report.check_enough()
        self.check_itself(problems)
        return self.report.result()

    # --- Starting ---

    def start(self):
        self.cluster = Cluster(self.programs, self.folder, int(192 + 64 * self.options.minutes))
        self.cluster.create()
        self.command("migrate")
        for name in ("a", "b"):
            # One machine has a clock that can be wrong, the other never.
            faketime = self.faketime if name == "b" else None
            server = Server(name, self.executable, self.folder, self.network, self.cluster, faketime)
            server.start()
            self.servers.append(server)
        keys = [self.organization(number) for number in range(ORGANIZATIONS)]
        for number in range(WRITERS):
            org, key = keys[number // 2 % ORGANIZATIONS]
            self.writers.append(Writer(number, self.options.seed, self.servers, org, key, self.ledger))
        for writer in self.writers:
            writer.start()
        self.await_recovery(time.monotonic())

    def organization(self, number):
        """An organization with a key and an endpoint for everything."""
        org = self.cluster.sql(f"select ops.create_org('Faults {number}', 'pro')")[0][0]
        key = self.cluster.sql(f"select ops.create_api_key('{org}', 'writers', array['*'], 1000000)")[0][0]
        events = "created updated commented resolved closed reopened merged".split()
        line = self.command(
            "webhook", "create", "--org", org, "--url", f"http://127.0.0.1:{self.receiver.port}/{number}",
            "--events", ",".join(f"ticket.{event}" for event in events))
        self.endpoints.append(line.split("\t")[0])
        return org, key

    def command(self, *arguments):
        return run(self.executable, *arguments, env={
            **os.environ, **ALLOWED,
            "DATABASE_URL": f"postgresql://tacohelp@127.0.0.1:{self.cluster.primary.port}/tacohelp"})

    # --- Faults ---

    def inject(self):
        longest = 8 if self.options.minutes else 3
        faults = Faults(self.cluster, self.servers, self.receiver, longest)
        kinds, self.report.impossible = faults.kinds()
        if self.options.only:
            if not set(self.options.only) <= kinds.keys():
                raise Failure(f"the kinds that are possible here: {', '.join(kinds)}")
            kinds = {name: kinds[name] for name in self.options.only}
        self.report.kinds = list(kinds)
        until = time.monotonic() + 60 * self.options.minutes
        while True:
            # Each kind once before any comes again.
            for name in self.random.sample(list(kinds), len(kinds)):
                names = [name]
                others = [other for other in kinds if faults.are_apart(name, other)]
                if self.options.minutes and others and self.random.random() < 0.3:
                    names.append(self.random.choice(others))
                self.inject_at_once({name: kinds[name] for name in names})
                faults.heal()
                time.sleep(self.random.uniform(0.5, 1.5))
                if self.options.minutes and time.monotonic() > until:
                    return
            if time.monotonic() > until:
                return

    def inject_at_once(self, kinds):
        def inject(name, random):
            begin = time.monotonic()
            took_effect = kinds[name](random)
            return Injected(name, begin, time.monotonic(), took_effect)

        self.report.begin_faults(kinds)
        randoms = [random.Random(self.random.random()) for _ in kinds]
        with ThreadPoolExecutor(len(kinds)) as pool:
            faults = list(pool.map(inject, kinds, randoms))
        self.await_recovery(max(fault.whole for fault in faults))
        self.report.add(faults, time.monotonic())

    def await_recovery(self, moment):
        def serves(server):
            server.check()
            return self.ledger.serves_since(server.name, moment)

        for server in self.servers:
            wait_until(f"server {server.name} acknowledges writes again: see {server.log}",
                       lambda server=server: serves(server), RECOVERY)

    # --- Afterwards ---

    def settle(self):
        """Waits for the writers, and until nothing is left to deliver.

        Retries that lie in the future are made due at once, and what has failed for good or is held is
        sent again: an operator's work, which the report counts. What nobody would send is not sent: a
        delivery that is lost stays lost.
        """
        for writer in self.writers:
            writer.stop()
        for writer in self.writers:
            writer.join(PATIENCE_IN_ALL + 30)
            if writer.is_alive():
                raise Failure("a writer does not end")
        self.report.settling = self.report.settled = time.monotonic()
        self.receiver.is_calm = True

        def is_quiet():
            if not self.has_settled():
                self.report.settled = time.monotonic()
            return time.monotonic() - self.report.settled > UNDER_WAY

        wait_until("nothing is left to deliver", is_quiet, 120)

    def has_settled(self):
        for endpoint in self.endpoints:
            if self.cluster.sql(f"select 1 from ops.endpoint_health where endpoint_id = '{endpoint}'"
                                " and state = 'disabled'"):
                self.cluster.sql(f"select ops.enable_endpoint('{endpoint}', replay => true)")
                self.report.enabled += 1
            sent_again = self.cluster.sql(f"select ops.redeliver_failed('{endpoint}', '-infinity')")
            self.report.sent_again += int(sent_again[0][0])
        self.report.hastened += len(self.cluster.sql(
            "update helpdesk.deliveries set next_attempt_at = clock_timestamp()"
            " where state = 'pending' and next_attempt_at > clock_timestamp() returning 1"))
        return not self.cluster.sql(
            "select 1 from helpdesk.deliveries where state in ('pending', 'sending', 'held') limit 1")

    def check_itself(self, before):
        """A check that cannot fail is none: a little damage must be found by each check it concerns."""
        concerned = sabotage(self.ledger, self.cluster, self.receiver)
        after = reconcile(self.ledger, Facts(self.cluster), self.receiver)
        blind = [name for name in concerned if len(after[name]) <= len(before[name])]
        self.report.check("Damage done on purpose is found", blind)

    def end(self, keeps_logs):
        """Ends all that was started, in whatever state it is."""
        for writer in self.writers:
            writer.stop()
        for server in self.servers:
            server.kill()
        if self.cluster:
            self.cluster.delete()
        if keeps_logs:
            print(f"The logs are in {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
