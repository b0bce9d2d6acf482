"""Ask every page of the admin that its own links lead to, in this process, and print what each took as JSON.

Lists are asked as their links ask them: by each filter, each column and the last page, and filtered ones sorted, too.
"""

import json
import re
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from html import unescape
from http import HTTPStatus
from urllib.parse import parse_qsl, urljoin, urlsplit

import django

from annotate import env

if __name__ == "__main__":
    env.select_settings()
    django.setup()

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve, reverse

EACH_KIND = 3  # addresses of one kind that are asked
LOOKS = 3  # at each address, after one that counts its queries
PAGE = "p"  # Django's parameter of a list for its page
SORT = "o"  # and for its order
ONE_COLUMN = re.compile(r"-?\d+")
LINK = re.compile(r'(?:href|hx-get)="([^"#]+)"')
NOT_A_PAGE = re.compile(r"logout|/jsi18n/|/download/|/file/|\.(csv|json|jsonl|tar|zip|parquet)\b")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What one address took."""

    kind: str  # the page, with the parameters that it was asked with
    address: str
    queries: int
    seconds: list[float]
    failed: str  # why there is no page; empty where there is


def kind_of(address: str) -> str | None:
    """Name the kind of an address, or say nothing of one that is no page of the admin."""
    parts = urlsplit(address)
    if not parts.path.startswith(reverse("admin:index")) or NOT_A_PAGE.search(parts.path):
        return None
    try:
        page = resolve(parts.path).url_name or parts.path
    except Resolver404:  # it leads out of the service
        return None
    given = {name: value for name, value in parse_qsl(parts.query) if value}
    order = given.get(SORT)
    if len(given) > 1 + (order is not None) or (order is not None and not ONE_COLUMN.fullmatch(order)):
        return None
    return " ".join([page, *sorted(f"{name}={value}" if name == SORT else name for name, value in given.items())])


def links_of(page: str, *, address: str) -> Iterator[str]:
    """Give the addresses that a page leads to, and the last page of a list that has several."""
    found = [urljoin(address, unescape(link)) for link in LINK.findall(page)]
    yield from found
    numbers = [
        int(value)
        for link in found
        for name, value in parse_qsl(urlsplit(link).query)
        if name == PAGE and value.isdecimal()
    ]
    if numbers:
        yield urljoin(address, f"?{PAGE}={max(numbers)}")


def ask(client: Client, address: str, kind: str) -> tuple[Asked, str]:
    """Ask one address several times; give what it took, and the page."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    asked = len(queries.captured_queries)  # before the next request has them forgotten
    failed = "" if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR else f"answered {answer.status_code}"
    seconds = [] if failed else [seconds_of(client, address) for _ in range(LOOKS)]
    is_page = answer.status_code == HTTPStatus.OK and not answer.streaming
    page = answer.content.decode(errors="replace") if is_page else ""
    return Asked(kind=kind, address=address, queries=asked, seconds=seconds, failed=failed), page


def seconds_of(client: Client, address: str) -> float:
    """Ask an address once; give how long the answer took."""
    started = time.monotonic()
    client.get(address)
    return time.monotonic() - started


def walk(client: Client) -> Iterator[Asked]:
    """Follow links from the first page, a few of each kind."""
    waiting, known, asked = deque([reverse("admin:index")]), {reverse("admin:index")}, Counter[str]()
    while waiting:
        address = waiting.popleft()
        kind = kind_of(address)
        if kind is None or asked[kind] >= EACH_KIND:
            continue
        asked[kind] += 1
        took, page = ask(client, address, kind)
        yield took
        fresh = [link for link in dict.fromkeys(links_of(page, address=address)) if link not in known]
        known.update(fresh)
        waiting.extend(fresh)


if __name__ == "__main__":
    from django.contrib.auth.models import User

    visitor = Client(raise_request_exception=False)  # an error is a figure
    visitor.force_login(User.objects.filter(is_superuser=True)[0])
    for one in walk(visitor):
        json.dump(asdict(one), sys.stdout)
        print(flush=True)  # noqa: T201 - read by the measurement
