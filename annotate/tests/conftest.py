"""What the tests of the interfaces may use: a browser, and visitors in it."""

import threading
from collections.abc import Collection, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from annotate.benchmarks.chromium import chromium_path, launch
from annotate.tests.browser import PATIENCE_MS, PHONE, NewVisitor, Visitor


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium once; without one the browser tests are skipped."""
    path = chromium_path()
    if path is None:
        pytest.skip("There is no Chromium on this machine: install the package `chromium` to run the browser tests.")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, and Django would take the tests' own queries for async code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        expect.set_options(timeout=PATIENCE_MS)
        started = launch(playwright, path)
        yield started
        started.close()


@pytest.fixture
def new_visitor(browser: Browser, live_server: LiveServer) -> Iterator[NewVisitor]:
    """Bring visitors, each with a browser profile of their own; by default with a phone."""
    contexts, others = [], {*threading.enumerate()}

    def bring(**context: Any) -> Visitor:
        made = browser.new_context(**{"viewport": PHONE, "has_touch": True, "reduced_motion": "reduce", **context})
        contexts.append(made)
        return Visitor(made.new_page(), base_url=live_server.url)

    yield bring
    for context in contexts:
        context.close()
    await_last_answers(others=others)


def await_last_answers(*, others: Collection[threading.Thread]) -> None:
    """Let the server finish what the closed pages asked last, before the database is emptied under it.

    The other threads belong to servers of former tests, which a client's kept connection may keep waiting for long.
    """
    for thread in {*threading.enumerate()}.difference(others):
        if "process_request_thread" in thread.name:
            thread.join(timeout=PATIENCE_MS / 1000)
