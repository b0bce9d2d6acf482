"""Files that a browser sends part by part become one delivery, whole and once, whatever breaks on the way."""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import logged_in
from ratings.choices import StudyState
from ratings.exceptions import ConflictError, InvalidInputError, NotFoundError, StorageFailedError, StudyClosedError
from ratings.models import AuditEntry, Delivery, Image, Study, StudyImage, Upload, UploadFile
from ratings.models.upload import UploadKind
from ratings.selectors.uploads import access_upload, unfinished_upload
from ratings.services.uploads.imports import import_delivery
from ratings.services.uploads.parts import (
    AnnouncedFile,
    Piece,
    announce_files,
    discard_stale_uploads,
    discard_upload,
    finish_upload,
    store_pieces,
)
from ratings.services.uploads.store import discard_unclaimed_files
from ratings.tests.disks import deliveries_folder
from ratings.tests.factories import make_staff, make_study, picture_bytes
from ratings.tests.picture_files import RGBA, animation, box, fading, png_file

pytestmark = pytest.mark.django_db

COLORS = ("red", "green", "blue", "teal", "navy")


@pytest.fixture
def study() -> Study:
    return make_study(slug="birds")


@pytest.fixture
def mira() -> User:
    return make_staff("mira", group="researcher")


def announced(name: str, content: bytes, *, kind: UploadKind = UploadKind.PICTURES) -> AnnouncedFile:
    """Announce a file as a browser would."""
    return AnnouncedFile(key=f"{kind}/{len(content)}/{name}", kind=kind, name=name, size=len(content))


def piece(file: UploadFile, content: bytes, offset: int = 0) -> Piece:
    """Send some bytes of a file."""
    return Piece(file=file.pk, offset=offset, content=SimpleUploadedFile("piece", content))


def kept(upload: Upload) -> dict[str, bytes]:
    """Read what has arrived, by kind and name."""
    folder = deliveries_folder() / upload.folder
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Page:
    """What the upload page sends, without a browser."""

    def __init__(self, client: Client, study: Study) -> None:
        self.client = client
        self.study = study

    def announce(self, files: dict[str, bytes], **more: Any) -> Any:
        """Announce files."""
        rows = [
            {"key": f"pictures/{len(content)}/{name}", "kind": "pictures", "name": name, "size": len(content), **more}
            for name, content in files.items()
        ]
        return self.call(json.dumps(rows).encode())

    def call(self, body: bytes) -> Any:
        """Post an announcement."""
        url = reverse("admin:ratings_study_upload_announce", args=[self.study.pk])
        return self.client.post(url, {"announced": SimpleUploadedFile("announced.json", body)})

    def send(self, url: str, places: Sequence[tuple[int, int]], contents: Sequence[bytes]) -> Any:
        """Post pieces."""
        pieces = [SimpleUploadedFile("piece", content) for content in contents]
        return self.client.post(url, {"places": json.dumps(places), "pieces": pieces})

    def upload(self, files: dict[str, bytes], *, at_once: int = 2) -> Any:
        """Send everything that has not arrived, and finish."""
        answer = self.announce(files).json()
        missing = [
            (number, content)
            for (number, received), content in zip(answer["files"], files.values(), strict=True)
            if received < len(content)
        ]
        for start in range(0, len(missing), at_once):
            part = missing[start : start + at_once]
            self.send(answer["receive"], [(number, 0) for number, _ in part], [content for _, content in part])
        return self.client.post(answer["finish"])


@pytest.fixture
def page(researcher: Client, study: Study) -> Page:
    return Page(researcher, study)


def test_files_sent_in_parts_become_one_delivery(page: Page, study: Study) -> None:
    files = {f"{color}.png": picture_bytes(color=color) for color in COLORS}
    files["list.csv"] = b"file,prompt\n" + b"".join(b"%b.png,a %b square\n" % (c.encode(), c.encode()) for c in COLORS)
    answer = page.upload(files)
    delivery = Delivery.objects.get()
    assert answer.json() == {"url": reverse("admin:ratings_delivery_change", args=[delivery.pk])}
    assert (delivery.study, delivery.requested_by) == (study, User.objects.get(username="mira"))
    assert AuditEntry.objects.get(action="upload").target == "birds"
    assert not Upload.objects.exists()
    import_delivery(delivery_id=delivery.pk)
    assert study.study_images.count() == 5
    assert "a red square" in str(list(StudyImage.objects.values()) + list(Image.objects.values()))


def test_an_empty_file_refuses_none_of_the_others_and_is_named(page: Page, study: Study) -> None:
    page.upload({"empty.png": b"", **{f"{color}.png": picture_bytes(color=color) for color in COLORS}})
    delivery = import_delivery(delivery_id=Delivery.objects.get().pk)
    assert delivery is not None
    assert study.study_images.count() == 5
    assert delivery.report["rejected"] == [["empty.png", "the file is empty; export or download it again"]]


def test_what_is_flattened_and_what_is_left_out_stands_on_the_page_of_the_delivery(page: Page) -> None:
    files = {
        "moving.gif": animation(fading(0.0, 1.0), "GIF"),
        "clear.png": png_file((1, 2, 3, 0), colour_type=RGBA),
        "phone.heic": box(b"ftyp", b"heic", bytes(4), b"mif1heic"),
    }
    page.upload(files)
    delivery = Delivery.objects.get()
    import_delivery(delivery_id=delivery.pk)
    shown = page.client.get(reverse("admin:ratings_delivery_change", args=[delivery.pk])).content.decode()
    for sentence in (
        "1 animated file: the first frame is used, or where that is blank the one with most contrast: moving.gif",
        "1 file with transparency: laid on white: clear.png.",
        "it is a HEIC picture",
    ):
        assert sentence in shown


def test_what_arrived_before_a_reload_is_not_asked_for_again(page: Page) -> None:
    files = {f"{color}.png": picture_bytes(color=color) for color in COLORS}
    first = page.announce(files).json()
    page.send(first["receive"], [(first["files"][0][0], 0)], [files["red.png"]])
    again = page.announce(files).json()
    assert again["receive"] == first["receive"]
    assert [received for _, received in again["files"]] == [len(files["red.png"]), 0, 0, 0, 0]
    shown = page.client.get(reverse("admin:ratings_study_upload", args=[page.study.pk])).content.decode()
    assert "1 of 5 files have arrived" in " ".join(shown.split())


def test_other_files_take_the_place_of_those_of_an_earlier_try(study: Study, mira: User) -> None:
    upload, (red,) = announce_files(study=study, uploader=mira, files=[announced("red.png", b"red")])
    store_pieces(upload=upload, pieces=[piece(red, b"red")])
    with TestCase.captureOnCommitCallbacks(execute=True):
        same, (blue,) = announce_files(study=study, uploader=mira, files=[announced("blue.png", b"blue")])
    store_pieces(upload=same, pieces=[piece(blue, b"blue")])
    assert same == upload
    assert kept(upload) == {"pictures/blue.png": b"blue"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(min_size=1, max_size=60),
    tries=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 25)), max_size=12),
)
def test_pieces_in_any_order_and_number_give_the_file_as_it_is(
    study: Study, mira: User, content: bytes, tries: list[tuple[int, int]]
) -> None:
    upload, (file,) = announce_files(study=study, uploader=mira, files=[announced("a.png", content)])
    received = 0
    for offset, length in [*tries, *((received, 7) for _ in range(9))]:
        start = min(offset, len(content) - 1)
        answer = store_pieces(upload=upload, pieces=[piece(file, content[start : start + length], start)])
        assert answer[file.pk] in {received, start + len(content[start : start + length])}
        received = answer[file.pk]
        assert kept(upload).get("pictures/a.png", b"")[:received] == content[:received]
    while received < len(content):
        received = store_pieces(upload=upload, pieces=[piece(file, content[received : received + 7], received)])[
            file.pk
        ]
    assert kept(upload) == {"pictures/a.png": content}
    discard_upload(upload=upload)


def test_what_the_disk_lost_is_sent_again(study: Study, mira: User) -> None:
    files = [announced("a.png", b"abcdef")]
    upload, (file,) = announce_files(study=study, uploader=mira, files=files)
    store_pieces(upload=upload, pieces=[piece(file, b"abcdef")])
    (deliveries_folder() / upload.folder / "pictures" / "a.png").write_bytes(b"abc")
    with pytest.raises(ConflictError, match=r"1 files have not arrived yet, a\.png among them"):
        finish_upload(upload=upload)
    _, (file,) = announce_files(study=study, uploader=mira, files=files)
    assert file.received == 3
    store_pieces(upload=upload, pieces=[piece(file, b"def", 3)])
    assert finish_upload(upload=upload).folder == upload.folder


def test_an_upload_is_handed_over_once_and_the_answer_can_be_asked_for_again(page: Page) -> None:
    answer = page.announce({"red.png": picture_bytes()}).json()
    early = page.client.post(answer["finish"])
    assert early.status_code == 409
    assert "1 files have not arrived yet" in early.json()["message"]
    page.send(answer["receive"], [(answer["files"][0][0], 0)], [picture_bytes()])
    first, second = page.client.post(answer["finish"]), page.client.post(answer["finish"])
    assert first.json() == second.json()
    assert Delivery.objects.count() == 1


def test_two_files_of_one_name_both_arrive_and_a_name_leads_nowhere_else(study: Study, mira: User) -> None:
    names = ["a.png", "x/a.png", "..\\..\\a.png", "../../../etc/passwd", "..", "", "b\x00\n.png", "é" * 300 + ".png"]
    files = [
        AnnouncedFile(key=str(number), kind=UploadKind.PICTURES, name=name, size=1) for number, name in enumerate(names)
    ]
    upload, rows = announce_files(study=study, uploader=mira, files=files)
    store_pieces(upload=upload, pieces=[piece(row, b"x") for row in rows])
    inside = [name.removeprefix("pictures/") for name in kept(upload)]
    assert {"a.png", "namesake-2/a.png", "namesake-3/a.png", "passwd", "file", "namesake-2/file", "b.png"} < set(inside)
    assert len(inside) == 8
    assert max(len(part.encode()) for name in inside for part in name.split("/")) <= 255
    assert [path.name for path in deliveries_folder().iterdir()] == [upload.folder]


def test_a_file_that_has_grown_is_refused(study: Study, mira: User) -> None:
    upload, (file,) = announce_files(study=study, uploader=mira, files=[announced("a.png", b"abc")])
    with pytest.raises(ConflictError, match=r"a\.png has grown since it was chosen"):
        store_pieces(upload=upload, pieces=[piece(file, b"abcd")])


def test_a_piece_of_a_file_that_is_not_of_the_upload_is_refused(study: Study, mira: User) -> None:
    upload, _ = announce_files(study=study, uploader=mira, files=[announced("a.png", b"abc")])
    _, (other,) = announce_files(study=make_study(), uploader=mira, files=[announced("a.png", b"abc")])
    with pytest.raises(NotFoundError, match="not of this upload"):
        store_pieces(upload=upload, pieces=[piece(other, b"abc")])


def test_what_cannot_become_a_delivery_is_refused_before_anything_is_sent(
    study: Study, mira: User, settings: LazySettings, tmp_path: Path
) -> None:
    picture = announced("a.png", b"abc")
    with pytest.raises(InvalidInputError, match="Choose pictures or a zip archive"):
        announce_files(study=study, uploader=mira, files=[announced("list.csv", b"x", kind=UploadKind.DETAILS)])
    with pytest.raises(InvalidInputError, match="chosen twice"):
        announce_files(study=study, uploader=mira, files=[picture, picture])
    huge = AnnouncedFile(key="huge", kind=UploadKind.PICTURES, name="huge.zip", size=10**15)
    with pytest.raises(StorageFailedError, match=r"these files need 1000000\.0 GB: make room"):
        announce_files(study=study, uploader=mira, files=[huge])
    Study.objects.update(state=StudyState.CLOSED)
    study.refresh_from_db()
    with pytest.raises(StudyClosedError, match="reopen it before adding images"):
        announce_files(study=study, uploader=mira, files=[picture])
    assert not Upload.objects.exists()


def test_a_disk_that_takes_no_more_says_so(study: Study, mira: User) -> None:
    upload, (file,) = announce_files(study=study, uploader=mira, files=[announced("a.png", b"abc")])
    (deliveries_folder() / upload.folder).write_text("where a folder should be")
    with pytest.raises(StorageFailedError, match=r"The disk took no more .* make room, and go on"):
        store_pieces(upload=upload, pieces=[piece(file, b"abc")])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"{}",
        b"[1]",
        b'[{"key": "a"}]',
        b'[{"key": "a", "kind": "other", "name": "a.png", "size": 1}]',
        b'[{"key": "a", "kind": "pictures", "name": "a.png", "size": -1}]',
        b'[{"key": "a", "kind": "pictures", "name": "a.png", "size": true}]',
        b'[{"key": "", "kind": "pictures", "name": "a.png", "size": 1}]',
        b'[{"key": "a\\u0000", "kind": "pictures", "name": "a.png", "size": 1}]',
        b"[" * 100_000,
    ],
)
def test_a_damaged_announcement_is_refused_with_a_sentence(page: Page, body: bytes) -> None:
    answer = page.call(body)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(("The call is damaged", "Choose pictures"))
    assert not Upload.objects.exists()


def test_a_damaged_part_is_refused_with_a_sentence(page: Page) -> None:
    answer = page.announce({"red.png": picture_bytes()}).json()
    for places, contents in (([], [b"x"]), ([(1, 2)], []), ([("a", 0)], [b"x"]), ([(1,)], [b"x"])):
        refused = page.send(answer["receive"], places, contents)  # type: ignore[arg-type]
        assert refused.status_code == 400
        assert "reload the page" in refused.json()["message"]


def test_what_is_given_as_a_list_has_to_be_one(page: Page) -> None:
    answer = page.announce({"photo.png": b"x"}, kind="details")
    assert answer.status_code == 400
    assert (
        answer.json()["message"]
        == "photo.png: A list is a .csv, .tsv, .jsonl or .parquet file, or a workbook (.xlsx, .xls, .ods)."
    )


def calls(page: Page) -> Iterator[str]:
    """Give the address of every call about an upload of a page."""
    answer = page.announce({"red.png": picture_bytes()}).json()
    yield from (answer["receive"], answer["finish"], answer["finish"].replace("finish", "discard"))


def test_an_upload_is_its_uploaders_alone(page: Page, manager: Client, onlooker: Client) -> None:
    for url in list(calls(page)):
        assert manager.post(url).status_code in {400, 404}
        assert onlooker.post(url).status_code == 403
        assert Client().post(url).status_code == 302
        assert page.client.get(url).status_code == 405
    announce = reverse("admin:ratings_study_upload_announce", args=[page.study.pk])
    assert onlooker.post(announce).status_code == 403
    assert Upload.objects.count() == 1
    with pytest.raises(NotFoundError, match="somebody else's"):
        access_upload(study=page.study, uploader=User.objects.get(username="olaf"), folder=Upload.objects.get().folder)


def test_a_call_without_the_forms_token_is_refused(study: Study) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_staff("eve", group="researcher"))
    answer = Page(client, study).announce({"red.png": picture_bytes()})
    assert answer.status_code == 403
    assert not Upload.objects.exists()


def test_two_people_upload_into_one_study_side_by_side(study: Study) -> None:
    for name in ("ann", "bob"):
        files = {f"{name}.png": picture_bytes(color=COLORS[len(name) % 2])}
        assert Page(logged_in(name, group="researcher"), study).announce(files).status_code == 200
    assert Upload.objects.count() == 2


def test_discarding_removes_what_has_arrived(page: Page) -> None:
    receive, _, discard = list(calls(page))
    page.send(receive, [(UploadFile.objects.get().pk, 0)], [picture_bytes()])
    assert len(list(deliveries_folder().iterdir())) == 1
    with TestCase.captureOnCommitCallbacks(execute=True):
        page.client.post(discard)
    assert list(deliveries_folder().iterdir()) == []
    assert not Upload.objects.exists()


def test_an_upload_is_discarded_a_day_after_its_last_part_and_not_before(study: Study, mira: User) -> None:
    upload, (file,) = announce_files(study=study, uploader=mira, files=[announced("a.png", b"abc")])
    store_pieces(upload=upload, pieces=[piece(file, b"ab")])
    Upload.objects.update(created_at=timezone.now() - timedelta(days=9))
    discard_stale_uploads()
    discard_unclaimed_files()
    assert unfinished_upload(study=study, uploader=mira) is not None
    assert kept(upload) == {"pictures/a.png": b"ab"}
    Upload.objects.update(touched_at=timezone.now() - timedelta(days=1, minutes=1))
    with TestCase.captureOnCommitCallbacks(execute=True):
        discard_stale_uploads()
    assert not Upload.objects.exists()
    assert not (deliveries_folder() / upload.folder).exists()


def test_a_part_costs_a_fixed_number_of_queries(study: Study, mira: User, django_assert_num_queries: Any) -> None:
    files = [announced(f"{number}.png", b"x") for number in range(100)]
    upload, rows = announce_files(study=study, uploader=mira, files=files)
    with django_assert_num_queries(6):  # a savepoint around four: lock, files, received, touched
        store_pieces(upload=upload, pieces=[piece(row, b"x") for row in rows])
