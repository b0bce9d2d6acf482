"""Files that staff take out of the admin and the API: each is in the audit log, and a GET writes nothing else."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotate.tests.crowded_world import make_crowd
from annotate.tests.rights_world import DUMP_FILE, DUMP_FOLDER, addresses, signed_in
from ratings.choices import JobState
from ratings.models import AuditEntry, Dump, Participation
from ratings.tests.disks import dumps_folder
from ratings.tests.factories import make_study
from scoring.models import ModelVersion, TasteProfile

WRITES = re.compile(r"INSERT INTO \"(\w+)\"|UPDATE \"(\w+)\"|DELETE FROM \"(\w+)\"")
LOG, TOKEN = "ratings_auditentry", "ratings_apitoken"  # of a token, the day of its last use is noted
LINK = re.compile(r'href="(/admin/[^"#]+)"')


def make_files() -> None:
    """Put the files of the dump where they belong."""
    folder = dumps_folder() / DUMP_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DUMP_FILE).write_text("abcdef\n")


class EveryGetTest(TestCase):
    """One installation in which everything is there; each GET is undone."""

    rows: ClassVar[dict[str, Any]]
    clients: ClassVar[tuple[Client, Client]]

    @classmethod
    def setUpTestData(cls) -> None:
        """Fill the installation, also with a taste that was compared."""
        root = User.objects.create_superuser("root")
        cls.rows = make_crowd(count=2, person=root)
        cls.clients = signed_in(root)
        TasteProfile.objects.create(
            participation=Participation.objects.get(pk=cls.rows["participation"]),
            model_version=ModelVersion.objects.get(pk=cls.rows["modelversion"]),
            state=JobState.READY,
            finished_at=timezone.now(),
            images=[],
        )

    def setUp(self) -> None:
        """Put the files of the dump where they belong."""
        make_files()

    def walked(self) -> Iterator[tuple[str, str, set[str], list[AuditEntry]]]:
        """Ask for every address of the admin and the API, and for what the pages link to."""
        for address in addresses("api/v1/"):
            yield self.asked(self.clients[1], address.filled(self.rows))[:4]
        paths = list(dict.fromkeys(address.filled(self.rows) for address in addresses("admin/")))
        for path in paths:  # which grows
            _, file, written, made, page = self.asked(self.clients[0], path)
            paths.extend(sorted({link for link in LINK.findall(page) if "?" not in link} - set(paths)))
            yield path, file, written, made

    def asked(self, client: Client, path: str) -> tuple[str, str, set[str], list[AuditEntry], str]:
        """Ask, undo what it did, and give the file that was sent, tables written, entries made, and the page."""
        with transaction.atomic():
            before = AuditEntry.objects.count()
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(path)
                page = answer.getvalue().decode(errors="replace")
            made = list(AuditEntry.objects.order_by("-pk")[: AuditEntry.objects.count() - before])
            transaction.set_rollback(True)
        written = {next(filter(None, one)) for query in queries for one in WRITES.findall(query["sql"])}
        sent = re.search(r'attachment; filename="([^"]+)"', answer.get("Content-Disposition", ""))
        return path, sent[1] if sent else "", written - {TOKEN}, made, page

    @pytest.mark.slow
    def test_each_file_that_staff_take_out_is_logged_and_a_get_writes_nothing_else(self) -> None:
        taken = {}
        for path, file, written, made in self.walked():
            assert written == ({LOG} if file else set()), (path, file, written)
            assert [(one.action, one.detail) for one in made] == ([("download", {"file": file})] if file else []), path
            if file:
                taken[file] = made[0].target
        assert taken[DUMP_FILE] == "harbour v1"
        assert taken["harbour-v1-csv.zip"] == "harbour v1"
        assert taken["harbour.toml"] == "harbour"
        assert taken["taste.csv"] == f"harbour participation {self.rows['participation']}"
        assert {"harbour-v1-card.json", "metrics.csv", "dividing.csv"} <= set(taken)
        assert len(taken) > 10


@pytest.fixture
def dump_file(db: None) -> tuple[Client, str]:
    """Give a superuser's browser, and the address of a file of a dump."""
    make_files()
    dump = Dump.objects.create(
        study=make_study(slug="harbour"), version=1, format="csv", state=JobState.READY, folder=DUMP_FOLDER
    )
    browser, _ = signed_in(User.objects.create_superuser("root"))
    return browser, reverse("admin:ratings_dump_file", args=[dump.pk, DUMP_FILE])


def entries() -> int:
    """Count the downloads in the log."""
    return AuditEntry.objects.filter(action="download").count()


def test_parts_of_a_file_are_one_download_and_a_later_part_alone_is_one_too(dump_file: tuple[Client, str]) -> None:
    browser, address = dump_file
    for part in ("bytes=3-", "bytes=4-5", "bytes=-2"):
        assert browser.get(address, headers={"range": part}).status_code == 206
        assert entries() == 1, part
    browser.get(address, headers={"range": "bytes=0-1"})
    assert entries() == 2
    browser.get(address, headers={"range": "bytes=2-"})
    browser.head(address)
    browser.get(address, headers={"range": "bytes=99-"})
    assert entries() == 2
    other, _ = signed_in(User.objects.create_superuser("other"))
    other.get(address, headers={"range": "bytes=3-"})
    assert entries() == 3


def test_no_file_leaves_where_its_entry_cannot_be_written(dump_file: tuple[Client, str]) -> None:
    browser, address = dump_file
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ratings_auditentry RENAME TO away")
    with pytest.raises(DatabaseError), transaction.atomic():
        browser.get(address)
