"""Pictures come from allowed hosts only: no private address, no other host by a redirect, no endless answer."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scoring.server.fetching import Fetcher, FetchError
from scoring.server.hosts import is_public
from scoring.server.limits import PICTURE_BYTES


class Files(BaseHTTPRequestHandler):
    """A host with a file, redirects, and an answer without end."""

    def do_GET(self) -> None:
        redirects = {"/here": "/file", "/away": "http://elsewhere.example.org/file", "/round": "/round"}
        if self.path in redirects:
            self.send_response(302)
            self.send_header("Location", redirects[self.path])
            self.end_headers()
        elif self.path == "/file":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"bytes")
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            for _ in range(PICTURE_BYTES // 2**20 + 2):
                self.wfile.write(bytes(2**20))
        else:
            self.send_error(404)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """Serve on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()


def fetcher(host: str) -> Fetcher:
    """Allow this machine, which a server never does by itself."""
    return Fetcher(hosts=(host, "elsewhere.example.org"), may_connect=lambda _: True)


def test_a_file_on_an_allowed_host_comes_also_by_a_redirect_there(host: str) -> None:
    assert fetcher(host).fetch(f"http://{host}/file") == b"bytes"
    assert fetcher(host).fetch(f"http://{host}/here") == b"bytes"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/away", "redirects to another host"),
        ("/round", "redirects more than 3 times"),
        ("/endless", "is larger than 32 MiB"),
        ("/nothing", "answers 404"),
    ],
)
def test_what_a_host_may_not_do_is_refused_in_words(host: str, path: str, words: str) -> None:
    with pytest.raises(FetchError, match=words):
        fetcher(host).fetch(f"http://{host}{path}")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://other.example.org/a.png", "other.example.org, which is not among the hosts"),
        ("ftp://127.0.0.1/a.png", "must be an http or https address"),
        ("http://me:secret@127.0.0.1/a.png", "without a user name"),
        ("file:///etc/passwd", "must be an http or https address"),
        ("http://[::1/a.png", "is no web address"),
        ("a.png", "must be an http or https address"),
    ],
)
def test_an_address_that_is_not_allowed_is_never_asked(address: str, words: str) -> None:
    with pytest.raises(FetchError, match=words):
        Fetcher(hosts=("127.0.0.1",)).fetch(address)


def test_an_allowed_name_that_means_this_machine_is_refused(host: str) -> None:
    name = host.replace("127.0.0.1", "localhost")
    with pytest.raises(FetchError, match="which is a private address"):
        Fetcher(hosts=(name,)).fetch(f"http://{name}/file")


@pytest.mark.parametrize(
    ("address", "is_anybodys"),
    [
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.0.7", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
    ],
)
def test_private_addresses_are_distinguished_from_public_ones(address: str, is_anybodys: bool) -> None:  # noqa: FBT001
    assert is_public(address) == is_anybodys
