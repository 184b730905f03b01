"""Sends requests with large bodies that are answered before they were read, as common clients do.

usage: early_answers.py direct|proxied ORIGIN ROUNDS CASES, which is JSON:
[{"method": …, "path": …, "headers": {…}, "size": BYTES, "status": EXPECTED, "stalls": true}, …], where one that
stalls sends half of its body and waits.

Prints a line for each answer that is not the expected one, and at last how many were received.
"""

import concurrent.futures
import http.client
import json
import random
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

PIECE = b"0" * 65536


def headers_of(case):
    # From an address of its own: many unknown keys from one address would be answered with 429.
    address = f"198.18.{random.randrange(256)}.{random.randrange(256)}"
    return {**case["headers"], "X-Forwarded-For": address}


def by_urllib(origin, case, body):
    request = urllib.request.Request(
        origin + case["path"], body, headers_of(case), method=case["method"])
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read()


def with_length(origin, case):
    return by_urllib(origin, case, b"0" * case["size"])


def chunked(origin, case):
    return by_urllib(origin, case, (PIECE for _ in range(case["size"] // len(PIECE))))


def kept(origin, case):
    """Twice on one connection, unless the first answer ends it."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(origin).netloc, timeout=20)
    status = None
    try:
        for _ in range(2):
            connection.request(case["method"], case["path"], b"0" * case["size"], headers_of(case))
            answer = connection.getresponse()
            status, body = answer.status, answer.read()
            if status != case["status"]:
                break
    except ConnectionError:
        # A proxy that has not read the first request may hang up on its client after the answer.
        if status is None or sys.argv[1] != "proxied":
            raise
    finally:
        connection.close()
    return status, body


def by_curl(origin, case, *options):
    fields = [word for field in headers_of(case).items() for word in ("-H", ": ".join(field))]
    command = ["curl", "-sS", "-m", "20", "-w", "\n%{http_code}", "-X", case["method"], "-H", "Expect:",
               "--data-binary", "@-", *options, *fields, origin + case["path"]]
    run = subprocess.run(command, input=b"0" * case["size"], capture_output=True)
    if run.returncode:
        raise RuntimeError(run.stderr.decode().strip())
    body, _, status = run.stdout.rpartition(b"\n")
    return int(status), body


def old(origin, case):
    return by_curl(origin, case, "--http1.0")


def curl_chunked(origin, case):
    return by_curl(origin, case, "-H", "Transfer-Encoding: chunked")


def stalled(origin, case):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(origin).netloc, timeout=20)
    try:
        connection.putrequest(case["method"], case["path"])
        for name, value in {**headers_of(case), "Content-Length": str(case["size"])}.items():
            connection.putheader(name, value)
        connection.endheaders(b"0" * (case["size"] // 2))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def fault(send, origin, case):
    """The problem with an answer; None when there is none."""
    try:
        status, body = send(origin, case)
        if status != case["status"]:
            return f"{status} {body[:200]!r}"
        json.loads(body)["error"]["code"]
        return None
    except Exception as error:
        return repr(error)


def main():
    origin, rounds, cases = sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4])
    sends = [with_length, chunked, kept, old, curl_chunked]
    trials = [
        (send, origin, case)
        for _ in range(rounds) for case in cases
        for send in ([stalled] if case.get("stalls") else sends)
    ]
    received = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for (send, _, case), found in zip(trials, pool.map(lambda trial: fault(*trial), trials)):
            if found:
                print(f"{case['status']}, {send.__name__}: {found}")
            else:
                received += 1
    print(f"{received} of {len(trials)}")


main()
