"""A Hub on this machine that answers the calls of one client library as the Hugging Face Hub does.

Source: huggingface/huggingface_hub, version 2.4.0: `src/huggingface_hub/hf_api.py` (`create_repo`, `repo_info`,
`list_repo_tree`, `upload_folder`), `_commit_api.py` (`_fetch_upload_modes`, `_prepare_commit_payload`, `_send_commit`)
and `lfs.py` (`post_lfs_batch_info`, `_upload_single_part`).
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "hf_of-the-lab"
LARGE = (".parquet", ".safetensors")  # what `.gitattributes` of a repository there gives to LFS
CALL = re.compile(r"^/api/(?P<kind>datasets|models)/(?P<name>[^/]+/[^/]+)(?P<rest>/.*)?$")
BATCH = re.compile(r"^/(?:datasets/)?(?P<name>[^/]+/[^/]+)\.git/info/lfs/objects/batch$")


class LocalHub:
    """What the local server holds, and what it was asked."""

    def __init__(self) -> None:
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.private: dict[str, bool] = {}
        self.stored: dict[str, bytes] = {}  # large files, by their SHA-256
        self.commits: list[str] = []
        self.uploads = 0
        self.is_read_only = False
        self.address = ""

    def add(self, name: str, *, private: bool, **files: bytes) -> None:
        """Let a repository be there already, under its kind and name."""
        self.repositories[name], self.private[name] = {".gitattributes": b"", **files}, private

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """Answer a call as the Hub does."""
        if path.startswith("/store/"):
            return self.keep(path.removeprefix("/store/"), body)
        if path == "/api/repos/create":
            return self.create(json.loads(body))
        if path == "/api/validate-yaml":
            assert json.loads(body)["content"].startswith("---\n")
            return 200, {"errors": [], "warnings": []}
        if BATCH.match(path):
            return 200, {"transfer": "basic", "objects": [self.action(one) for one in json.loads(body)["objects"]]}
        found = CALL.match(path)
        assert found is not None, (method, path)
        name, rest = f"{found['kind']}/{found['name']}", found["rest"] or ""
        if name not in self.repositories:
            return 404, {"error": "Repository not found"}
        return self.answer_about(name, rest, body)

    def answer_about(self, name: str, rest: str, body: bytes) -> tuple[int, Any]:
        """Answer a call about a repository that is there."""
        if rest == "":
            return 200, {"id": name.partition("/")[2], "private": self.private[name], "sha": "0" * 40}
        if rest.startswith("/tree/main"):
            files = self.repositories[name].items()
            return 200, [{"type": "file", "path": key, "size": len(value), "oid": "1" * 40} for key, value in files]
        if rest == "/preupload/main":
            paths = [one["path"] for one in json.loads(body)["files"]]
            modes = {path: "lfs" if path.endswith(LARGE) else "regular" for path in paths}
            return 200, {"files": [{"path": p, "uploadMode": m, "shouldIgnore": False} for p, m in modes.items()]}
        assert rest == "/commit/main", rest
        return self.commit(name, [json.loads(line) for line in body.splitlines()])

    def create(self, wanted: dict[str, Any]) -> tuple[int, Any]:
        """Make a repository."""
        if self.is_read_only:
            return 403, {"error": "You don't have the rights to create a repository under this namespace"}
        kind, full = f"{wanted.get('type', 'model')}s", f"{wanted['organization']}/{wanted['name']}"
        url = f"{self.address}/{'datasets/' if kind == 'datasets' else ''}{full}"
        if f"{kind}/{full}" in self.repositories:
            return 409, {"error": "You already created this repo", "url": url}
        self.add(f"{kind}/{full}", private=wanted.get("visibility") == "private")
        return 200, {"url": url}

    def action(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Say where a large file is to be put; nowhere where it is stored already."""
        actions = {"upload": {"href": f"{self.address}/store/{wanted['oid']}"}}
        return {**wanted, **({} if wanted["oid"] in self.stored else {"actions": actions})}

    def keep(self, digest: str, content: bytes) -> tuple[int, Any]:
        """Store a large file."""
        assert hashlib.sha256(content).hexdigest() == digest
        self.stored[digest], self.uploads = content, self.uploads + 1
        return 200, {}

    def commit(self, name: str, lines: list[dict[str, Any]]) -> tuple[int, Any]:
        """Carry out what a commit says."""
        for line in lines:
            value = line["value"]
            match line["key"]:
                case "header":
                    self.commits.append(value["summary"])
                case "file":
                    self.repositories[name][value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    self.repositories[name][value["path"]] = self.stored[value["oid"]]
                case "deletedFile":
                    del self.repositories[name][value["path"]]
        url = f"{self.address}/{name}/commit/{len(self.commits)}"
        return 200, {"success": True, "commitOid": "2" * 40, "commitUrl": url}


@contextmanager
def serving_hub() -> Iterator[LocalHub]:
    """Serve an empty Hub on a free port."""
    hub = LocalHub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = self.headers.get("Content-Length")
            body = self.rfile.read(int(length)) if length else self.chunks()
            path = self.path.partition("?")[0]
            is_known = path.startswith("/store/") or self.headers.get("Authorization") == f"Bearer {TOKEN}"
            code, said = hub.answer(self.command, path, body) if is_known else (401, {"error": "Invalid token"})
            answer = json.dumps(said).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_PUT = do_GET  # noqa: N815

        def chunks(self) -> bytes:
            """Read a body that comes in pieces."""
            found = b""
            while "chunked" in self.headers.get("Transfer-Encoding", "") and (
                size := int(self.rfile.readline().strip() or b"0", 16)
            ):
                found += self.rfile.read(size)
                self.rfile.readline()
            return found

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hub.address = f"http://127.0.0.1:{server.server_port}"
    yield hub
    server.shutdown()
    server.server_close()
