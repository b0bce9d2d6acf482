"""Two replicas behind the proxy of `deploy/`, which die: a program for a network and mounts of its own."""

import json
import multiprocessing
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import Popen, run

from annotate import env

REPLICAS = ("127.0.0.2", "127.0.0.3")
CALLS = [("GET", "/s/trial/"), ("POST", "/api/v1/ratings/batch"), ("POST", "/api/v1/studies/trial/leases")]
PORT = 18080
# What the composition leaves the proxy: to listen on ports below 1024.
AS_COMPOSED = ("setpriv", "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all,+net_bind_service")
START = 9  # s that a web process takes to start on a small machine


class Slow(BaseHTTPRequestHandler):
    """Answers after a while, so that a death comes in the middle of calls."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        """Read the body and say nothing."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        time.sleep(0.3)  # so long a call takes
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = answer  # noqa: N815 - names that the library asks for


def serve(address: str) -> None:
    """Be a replica."""
    ThreadingHTTPServer((address, 8000), Slow).serve_forever()


def call(method: str, path: str, *, until: float, seen: Counter[str]) -> None:
    """Call without a pause; count the answers."""
    connection = HTTPConnection("127.0.0.1", PORT, timeout=30)
    while time.monotonic() < until:
        connection.request(method, path, body=b"{}" * 50 if method == "POST" else None)
        answer = connection.getresponse()
        answer.read()
        seen[f"{method} {answer.status}"] += 1


def main() -> None:
    """Let one of two replicas be killed under load, then the other, which starts again; print the answers."""
    run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        hosts, config = Path(folder) / "hosts", Path(folder) / "Caddyfile"
        hosts.write_text("".join(f"{address} web\n" for address in REPLICAS) + "127.0.0.1 reward\n")
        run(["mount", "--bind", str(hosts), "/etc/hosts"], check=True)
        config.write_text("{\n\tadmin off\n}\n" + (env.BASE_DIR / "deploy" / "Caddyfile").read_text())
        replicas = [multiprocessing.Process(target=serve, args=(address,), daemon=True) for address in REPLICAS]
        for replica in replicas:
            replica.start()
        names = env.child_environment(DOMAIN=f"http://127.0.0.1:{PORT}")
        command = [sys.argv[1], "run", "--config", str(config), "--adapter", "caddyfile"]
        with Popen([*AS_COMPOSED, *command], env=names) as proxy:
            seen = [answers_while_one_dies(replicas[0]), answers_while_the_last_starts_again(replicas[1])]
            print(json.dumps(seen))  # noqa: T201 - what the test reads
            proxy.terminate()


def answers_while_one_dies(replica: multiprocessing.Process) -> Counter[str]:
    """Call for some seconds, and kill a replica in the middle."""
    wait_for_proxy()
    with calls(seconds=6) as seen:
        time.sleep(2)  # of load before the death
        replica.kill()
    return seen


def answers_while_the_last_starts_again(replica: multiprocessing.Process) -> Counter[str]:
    """Call while no replica is there, until one has started."""
    with calls(seconds=START + 8) as seen:
        time.sleep(1)  # of load before the death
        replica.kill()
        time.sleep(START)  # so long it takes
        multiprocessing.Process(target=serve, args=(REPLICAS[1],), daemon=True).start()
    return seen


@contextmanager
def calls(*, seconds: float) -> Iterator[Counter[str]]:
    """Have people call for so long; give the answers."""
    seen: Counter[str] = Counter()
    until = time.monotonic() + seconds
    callers = [
        threading.Thread(target=call, args=CALLS[number % len(CALLS)], kwargs={"until": until, "seen": seen})
        for number in range(18)
    ]
    for caller in callers:
        caller.start()
    yield seen
    for caller in callers:
        caller.join()


def wait_for_proxy() -> None:
    """Wait until the proxy passes a call on."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            connection = HTTPConnection("127.0.0.1", PORT, timeout=10)
            connection.request("GET", "/")
            if connection.getresponse().status == 200:
                return
        except OSError:  # not yet
            time.sleep(0.1)  # before it is asked again
    raise SystemExit("The proxy did not answer.")


if __name__ == "__main__":
    main()
