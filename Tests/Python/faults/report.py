"""The report: counts, faults by kind, checks, and the result."""

import os
import time
from collections import Counter
from dataclasses import dataclass

from ledger import ACKNOWLEDGED, REFUSED, UNANSWERED, UNSENT

WRITES_AT_LEAST = 500  # And 500 more for each minute.
FAULTS_A_MINUTE = 5


@dataclass
class Injected:
    kind: str
    begin: float
    whole: float  # when what was broken was whole again
    took_effect: bool
    recovered: float = 0  # when both servers had acknowledged a write sent after that
    was_alone: bool = True


class Report:
    def __init__(self, options, ledger, receiver):
        self.options, self.ledger, self.receiver = options, ledger, receiver
        self.begin = time.monotonic()
        self.faults, self.kinds, self.impossible = [], [], {}
        self.enabled = self.sent_again = self.hastened = 0
        self.settling = self.settled = 0.0
        self.passed = self.failed = 0
        print(f"Seed {options.seed}, {os.cpu_count()} processors", flush=True)

    def begin_faults(self, kinds):
        print(f"{time.monotonic() - self.begin:7.1f} s  {' and '.join(kinds)}: ", end="", flush=True)

    def add(self, faults, recovered):
        for fault in faults:
            fault.recovered, fault.was_alone = recovered, len(faults) == 1
        self.faults += faults
        whole = max(fault.whole for fault in faults)
        without = [fault.kind for fault in faults if not fault.took_effect]
        print(f"{whole - faults[0].begin:.1f} s, served again after {recovered - whole:.1f} s"
              f"{', WITHOUT EFFECT: ' + ', '.join(without) if without else ''}", flush=True)

    def print(self, facts, problems):
        self.print_faults()
        writes, receiver = self.ledger.writes, self.receiver
        done = sum(bool(facts.found[write.kind, write.marker]) for write in writes if write.outcome == UNANSWERED)
        again = [write for write in writes if write.tries > 1]
        print(f"""
Writes acknowledged: {self.ledger.count(ACKNOWLEDGED)}
Writes unanswered: {self.ledger.count(UNANSWERED)}, of which {done} had happened
Writes refused: {self.ledger.count(REFUSED)}
Writes not sent for want of a connection: {self.ledger.count(UNSENT)}
Writes lost: {len(problems["No acknowledged write is lost"])}
Writes doubled: {len(problems["No write is doubled"])}
Events: {len(facts.rows["events"])}
Events delivered: {len(receiver.bodies)}
Events lost: {len(problems["Every event in the database reached the receiver, and no other"])}
Events delivered more than once: {sum(n > 1 for n in receiver.times.values())}, \
{receiver.times.total() - len(receiver.bodies)} times in all
Requests that the receiver failed on purpose: {receiver.refused}
Deliveries made due early, sent again, endpoints enabled, at the end: \
{self.hastened}, {self.sent_again}, {self.enabled}
Until nothing was left to deliver: {self.settled - self.settling:.1f} s
Longest outage: {self.longest_outage()}
Seed: {self.options.seed}
Writes sent again under their Idempotency-Key: {len(again)}, of which \
{sum(write.was_replayed for write in again)} had happened
""")
        for name, found in problems.items():
            self.check(name, found)

    def print_faults(self):
        counts = Counter(fault.kind for fault in self.faults if fault.took_effect)
        print(f"\n{'fault':30} {'times':>5}  {'longest s without an acknowledgement':>36}  {'longest s to recover':>20}")
        print(f"{'':30} {'':>5}  {'of any server':>17} {'of one of them':>18}")
        for kind in self.kinds:
            of_kind = [fault for fault in self.faults if fault.kind == kind and fault.was_alone]
            if not of_kind:
                print(f"{kind:30} {counts[kind]:5}")
            else:
                one = max(self.gap(fault, server) for fault in of_kind for server in ("a", "b"))
                print(f"{kind:30} {counts[kind]:5}  {max(self.gap(fault) for fault in of_kind):17.1f} {one:18.1f}  "
                      f"{max(fault.recovered - fault.whole for fault in of_kind):20.1f}")
        for kind, reason in self.impossible.items():
            print(f"{kind:30} not possible here: {reason}")
        print(f"{'Faults':30} {counts.total():5}, in {(self.settling - self.begin) / 60:.1f} minutes")
        in_pairs = sum(not fault.was_alone for fault in self.faults)
        if in_pairs:
            print(f"{'Of these two at a time':30} {in_pairs:5}, not among the seconds above")

    def gap(self, fault, server=None):
        return self.ledger.longest_gap(fault.begin, fault.recovered, server)

    def longest_outage(self):
        worst = max(self.faults, key=self.gap)
        return f"{self.gap(worst):.1f} s without an acknowledged write ({worst.kind})"

    # --- Checks ---

    def check(self, name, problems):
        if problems:
            self.failed += 1
            print(f"FAILED: {name}: {len(problems)} problems")
            for problem in problems[:10]:
                print(f"    {problem}")
        else:
            self.passed += 1
            print(f"ok: {name}")

    def check_enough(self):
        """Nothing is shown by a run in which little happened."""
        self.check("Every POST that was sent again had an answer in the end", [
            write for write in self.ledger.writes if write.outcome == UNANSWERED and write.kind != "change"])
        self.check("Some answers were replayed", [] if self.ledger.replays else ["none"])
        acknowledged = self.ledger.count(ACKNOWLEDGED)
        wanted = int(WRITES_AT_LEAST * (1 + self.options.minutes))
        self.check(f"At least {wanted} writes were acknowledged", [acknowledged] if acknowledged < wanted else [])
        effective = Counter(fault.kind for fault in self.faults if fault.took_effect)
        self.check("Every kind of fault that is possible here took effect",
                   [kind for kind in self.kinds if not effective[kind]])
        wanted = FAULTS_A_MINUTE * self.options.minutes
        self.check(f"At least {max(wanted, len(self.kinds)):.0f} faults took effect",
                   [effective.total()] if effective.total() < max(wanted, len(self.kinds)) else [])

    def result(self):
        print("\nNOT WELL: see above." if self.failed else "\nNothing was lost and nothing was doubled.")
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return self.failed == 0
