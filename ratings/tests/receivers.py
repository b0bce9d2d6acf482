"""A receiver of webhooks on this machine, as people write one with the public library of Standard Webhooks."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

from ratings.models import Notification, Study, Subscription
from ratings.services.notifications.subscriptions import send_test


@dataclass(kw_only=True)
class Receiver:
    """Where messages are posted, what came, and what is answered: the given statuses first, then 204."""

    host: str
    answers: list[int] = field(default_factory=list)
    posts: list[tuple[bytes, Mapping[str, str]]] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)
    may_answer: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        """Give the address that is subscribed."""
        return f"http://{self.host}/hook"

    def verified(self, secret: str) -> list[Any]:
        """Check every signature, and give the messages; the library raises where one is wrong or old."""
        return [Webhook(secret).verify(body, dict(headers)) for body, headers in self.posts]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Receive on a free port."""

    class Hook(BaseHTTPRequestHandler):
        """Keep what is posted, and answer."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.posts.append((body, {name.lower(): value for name, value in self.headers.items()}))
            receiver.asked.set()
            receiver.may_answer.wait(30)
            self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
            self.send_header("Location", receiver.address)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    receiver = Receiver(host=f"127.0.0.1:{server.server_port}")
    receiver.may_answer.set()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield receiver
    receiver.may_answer.set()
    server.shutdown()
    server.server_close()


def waiting_mail(*, study: Study) -> Notification:
    """Record a message that is sent by mail."""
    row = Subscription.objects.create(study=study, channel="mail", address="lab@example.org", events=["study.full"])
    return send_test(subscription=row)
