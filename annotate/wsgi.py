"""The WSGI application that the web server loads."""

import gc
import socket
from collections.abc import Iterable
from contextlib import closing
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http.response import HttpResponseBase

from annotate import env, monitoring

MOST_AT_ONCE = 4 * 2**20  # bytes of an answer that the server takes whole: any picture, no dump

env.select_settings()
if settings.METRICS_TOKEN:  # before the first counter: the processes of this machine count together
    env.share_metrics(settings.DATA_DIR / "metrics" / socket.gethostname())
monitoring.report_errors()
monitoring.send_traces(process="web")  # before Django makes its middleware

site = get_wsgi_application()

# What is loaded by now stays, and a request leaves almost no reference cycles: collecting either takes 1 to 3 % of a
# click.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer a request; give the server the whole of an answer where it is small.

    The server sends a list by itself, while anything else keeps a thread until the client has read it: a few phones on
    a bad network, each with a picture on its way, would keep everybody waiting.
    """
    answer: Any = site(environ, start_response)
    is_file = not isinstance(answer, HttpResponseBase)  # which this server has a way of its own for
    if is_file or int(answer.headers.get("Content-Length", MOST_AT_ONCE + 1)) > MOST_AT_ONCE:
        return answer  # type: ignore[no-any-return]
    with closing(answer):
        return [b"".join(answer)]
