"""A cluster of Kubernetes on this machine, as far as JobSets go: its API over HTTPS, and pods that are processes."""

import datetime
import ipaddress
import json
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NAMESPACE, TOKEN = "art", "a-token-of-the-account"
JOBSETS = f"/apis/jobset.x-k8s.io/v1alpha2/namespaces/{NAMESPACE}/jobsets"
Answer = tuple[int, dict[str, Any]]


@dataclass(kw_only=True)
class Cluster:
    """What the API server holds, and how it answers."""

    address: str
    account: Path
    jobsets: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)  # those that were carried out
    deleted: list[str] = field(default_factory=list)
    trouble: list[int] = field(default_factory=list)  # how the next calls are answered instead; 0: not at all
    lost_answers: int = 0  # of creations that are carried out all the same
    is_permitted: bool = True
    check: Callable[[dict[str, Any]], None] = lambda _manifest: None
    on_create: Callable[["Cluster", str], None] = lambda _cluster, _name: None

    def end(self, name: str, kind: str, message: str = "") -> None:
        """Say as the controller does how a JobSet has ended."""
        found = self.jobsets.get(name)
        if found is not None:
            condition = {"type": kind, "status": "True", "reason": kind, "message": message}
            found["status"] = {"restarts": 0, "conditions": [condition], "terminalState": kind}

    def answer(self, method: str, path: str, body: dict[str, Any]) -> Answer:
        """Carry a call out."""
        if not self.is_permitted:
            return problem(403, f'jobsets.jobset.x-k8s.io is forbidden: User "system:serviceaccount:{NAMESPACE}:train"')
        self.calls.append(method)
        name = body.get("metadata", {}).get("name", "") if method == "POST" else path.removeprefix(f"{JOBSETS}/")
        if method == "POST":
            return self.created(name, body)
        if name not in self.jobsets:
            return problem(404, f'jobsets.jobset.x-k8s.io "{name}" not found')
        if method == "GET":
            return 200, self.jobsets[name]
        self.deleted.append(name)
        del self.jobsets[name]
        return 200, {"kind": "Status", "status": "Success"}

    def created(self, name: str, body: dict[str, Any]) -> Answer:
        """Keep a new JobSet, as far as its kind allows."""
        if name in self.jobsets:
            return problem(409, f'jobsets.jobset.x-k8s.io "{name}" already exists')
        self.check(body)
        self.jobsets[name] = {**body, "status": {"restarts": 0}}
        self.on_create(self, name)
        return 201, self.jobsets[name]


def problem(code: int, message: str) -> Answer:
    """Give what the API server says where it does not do as asked."""
    return code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}


def handler_of(cluster: Cluster) -> type[BaseHTTPRequestHandler]:
    """Make what answers the connections."""

    class JobSetHandler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            trouble = cluster.trouble.pop(0) if cluster.trouble else None
            if trouble == 0:
                return
            if trouble:
                found = problem(trouble, "etcdserver: leader changed")
            elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
                found = problem(401, "Unauthorized")
            elif not self.path.startswith(JOBSETS):
                found = problem(404, "the server could not find the requested resource")
            else:
                found = cluster.answer(self.command, self.path, body)
            if self.command == "POST" and trouble is None and cluster.lost_answers:
                cluster.lost_answers -= 1
                return
            said = json.dumps(found[1]).encode()
            self.send_response(found[0])
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = do_DELETE = respond  # noqa: N815 - the library's names

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    return JobSetHandler


@contextmanager
def cluster_here(folder: Path) -> Iterator[Cluster]:
    """Serve the API on a free port, with a certificate that only the account's folder makes trusted."""
    account = folder / "account"
    account.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    cluster = Cluster(address=f"https://127.0.0.1:{server.server_port}", account=account)
    server.RequestHandlerClass = handler_of(cluster)
    write_certificate(folder, account)
    (account / "token").write_text(f"{TOKEN}\n")
    (account / "namespace").write_text(NAMESPACE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(account / "ca.crt", folder / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield cluster
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def write_certificate(folder: Path, account: Path) -> None:
    """Write a key and a certificate of this machine that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kubernetes")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (account / "ca.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(pem)


def pod_command(manifest: dict[str, Any], index: int) -> list[str]:
    """Give what the kubelet starts in a pod: command and arguments with its variables filled in."""
    (job,) = manifest["spec"]["replicatedJobs"]
    (container,) = job["template"]["spec"]["template"]["spec"]["containers"]
    variables = {"$(JOB_COMPLETION_INDEX)": str(index), "$(POD_IP)": "127.0.0.1"}
    words = [*container["command"], *container["args"]]
    return [variables.get(word, word) for word in words]


def end_with(cluster: Cluster, name: str, pods: list["subprocess.Popen[str]"]) -> None:
    """End a JobSet as its controller does: complete when all pods are, failed with the first, which ends the others."""

    def follow() -> None:
        while any(pod.poll() is None for pod in pods) and not any(pod.poll() for pod in pods):
            time.sleep(0.05)  # between two looks, until one has ended
        for pod in pods:
            pod.terminate()
        failed = [index for index, pod in enumerate(pods) if pod.wait()]
        cluster.end(name, "Failed" if failed else "Completed", f"pods {failed} failed" if failed else "")

    threading.Thread(target=follow, daemon=True).start()
