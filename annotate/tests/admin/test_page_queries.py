"""How many queries a page of the admin, or a question before an act, asks where there are many rows of each kind.

Each kind has more rows than the limit, so that a page which asks once for each row is above it.
"""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client, RequestFactory, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotate.tests.crowded_world import make_crowd
from annotate.tests.rights_world import DUMP_FILE, DUMP_FOLDER, HERE, addresses, make_member
from ratings.services.permissions import ADMIN, RESEARCHER
from ratings.tests.disks import dumps_folder
from ratings.tests.factories import make_staff

MOST = 20
LISTED = 22  # rows of each kind
WAYS_OF_A_LIST = ("", "?q=a", "?o=-1", "?_popup=1")


class PageQueriesTest(TestCase):
    """One installation in which everything is there several times; each call is undone."""

    rows: ClassVar[dict[str, Any]]
    people: ClassVar[list[User]]

    @classmethod
    def setUpTestData(cls) -> None:
        """Fill the installation, and let those look who see all, all but superusers, and single studies."""
        root = User.objects.create_superuser("root")
        cls.rows = make_crowd(count=LISTED, person=root)
        member = make_member("member", roles=dict.fromkeys(HERE, RESEARCHER))
        cls.people = [root, make_staff("head", group=ADMIN), member]

    def setUp(self) -> None:
        """Put the files of the dump where they belong."""
        folder = dumps_folder() / DUMP_FOLDER
        folder.mkdir(parents=True)
        (folder / DUMP_FILE).write_text("a\n")

    def paths(self) -> Iterator[str]:
        """Give the address of every page: of lists in several ways, of a study also about a draft."""
        for address in addresses("admin/"):
            ways = WAYS_OF_A_LIST if address.name.endswith("_changelist") else ("",)
            for rows in (self.rows, {**self.rows, "study": self.rows["draft"]}):
                yield from (f"{address.filled(rows)}{way}" for way in ways)
        for page in admin.site._registry.values():
            for field in page.autocomplete_fields:
                about = {"app_label": page.opts.app_label, "model_name": page.opts.model_name, "field_name": field}
                yield f"{reverse('admin:autocomplete')}?{urlencode(about)}"

    def questions(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give what a list sends for each of its acts on all rows that are shown."""
        request = RequestFactory().get("/")
        request.user = self.people[0]
        for model, page in admin.site._registry.items():
            path = reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
            keys = list(model._base_manager.values_list("pk", flat=True)[: page.list_per_page])
            yield from ((path, {"action": name, "_selected_action": keys}) for name in page.get_actions(request))

    def asked(self, client: Client, path: str, sent: dict[str, Any] | None = None) -> tuple[int, int]:
        """Ask, undo what it did, and give the status and how many queries it took."""
        with transaction.atomic():
            connection.queries_log.clear()  # which keeps no more than 9,000
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(path) if sent is None else client.post(path, sent)
                answer.getvalue()
            transaction.set_rollback(True)
        return answer.status_code, len(queries)

    def above_limit(self, calls: Iterable[tuple[str, dict[str, Any] | None]]) -> list[tuple[str, str, int, int]]:
        """Ask in the name of each person, and give what failed or took too many; what leads elsewhere is no page."""
        found, calls = [], list(calls)
        for person in self.people:
            client = Client(raise_request_exception=False)
            client.force_login(person)
            for path, sent in (call for call in calls if person.is_superuser or "?" not in call[0]):
                status, queries = self.asked(client, path, sent)
                failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR
                if failed or (queries > MOST and status == HTTPStatus.OK):
                    found.append((person.username, path, status, queries))
        return found

    @pytest.mark.slow
    def test_no_page_asks_more_queries_than_the_limit_however_many_rows_there_are(self) -> None:
        assert self.above_limit((path, None) for path in dict.fromkeys(self.paths())) == []

    def test_no_question_about_many_rows_asks_more_queries_than_the_limit(self) -> None:
        assert self.above_limit(self.questions()) == []
