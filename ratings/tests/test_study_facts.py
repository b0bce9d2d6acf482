"""Each study says for itself what a picture is called and shows, and a corrected list may correct that.

The cases are those of https://github.com/OpenNeuroLab/metasearch/issues/17 (one thing known under two names) and
https://github.com/NaturalHistoryMuseum/scratchpads2/issues/4466 (a corrected list, imported again).
"""

from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from ratings.choices import Design, KnownDetails
from ratings.models import Delivery, Image, Pair, Study, StudyImage
from ratings.services.ingest import import_images
from ratings.services.lease import lease_items
from ratings.services.uploads.imports import import_delivery
from ratings.services.uploads.store import keep_files, request_picture_import
from ratings.services.withdraw import withdraw_rater
from ratings.tests.dumping import dumped, folder_of
from ratings.tests.factories import (
    make_image,
    make_pair,
    make_participation,
    make_picture,
    make_rating,
    make_study,
    make_study_image,
    picture_bytes,
)

pytestmark = pytest.mark.django_db

HEAD = "file_name,prompt,generator,domain,split\n"
FACTS = ("name", "prompt", "generator", "domain", "metadata")


def listed(folder: Path, rows: str, *, head: str = HEAD, color: str = "teal", **study: Any) -> Study:
    """Import the pictures that a list names, all of one colour, into a study."""
    found = Study.objects.filter(**study).first() or make_study(**study)
    table = folder / "list.csv"
    table.parent.mkdir(parents=True, exist_ok=True)
    table.write_text(head + rows)
    for row in rows.splitlines():
        make_picture(folder / row.split(",")[0], color=color)
    import_images(path=table, study=found)
    return found


def facts_in(study: Study) -> list[tuple[Any, ...]]:
    """Give what a study says of its pictures."""
    return list(study.study_images.order_by("ordinal").values_list(*FACTS))


@pytest.fixture
def two(tmp_path: Path) -> tuple[Study, Study]:
    """Give two studies that have the same picture under names and details of their own."""
    first = listed(tmp_path / "a", "cat.png,a draft prompt,sd15,art,pilot\n", slug="first", show_prompt=True)
    other = listed(tmp_path / "b", "0001.png,the final prompt,flux,photo,main\n", slug="other", show_prompt=True)
    return first, other


def test_a_picture_known_to_one_study_keeps_anothers_name_and_details_there(two: tuple[Study, Study]) -> None:
    assert Image.objects.count() == 1
    assert facts_in(two[0]) == [("cat.png", "a draft prompt", "sd15", "art", {"split": "pilot"})]
    assert facts_in(two[1]) == [("0001.png", "the final prompt", "flux", "photo", {"split": "main"})]


def test_a_study_whose_list_says_nothing_does_not_borrow_from_another(two: tuple[Study, Study], tmp_path: Path) -> None:
    bare = make_study()
    report = import_images(path=make_picture(tmp_path / "plain.png", color="teal"), study=bare)
    assert (report.reused, report.details.differing) == (1, 0)
    assert facts_in(bare) == [("plain.png", "", "", "", {})]


def test_a_lease_comes_with_the_prompt_of_its_own_study(two: tuple[Study, Study]) -> None:
    prompts = []
    for study in two:
        leases = lease_items(participation_id=make_participation(study=study).pk, count=1)
        prompts += [assignment.study_image.prompt for assignment in leases.assignments]
    assert prompts == ["a draft prompt", "the final prompt"]


def test_quotas_per_group_count_by_what_the_own_study_says() -> None:
    study = make_study(group_quotas={"domain": {"art": 1}}, random_share=0, repeat_share=0)
    elsewhere = make_study()
    for domain in ("photo", "photo", "art"):
        image = make_image(study=study, domain=domain)
        make_study_image(study=elsewhere, image=image, domain="art")
    leases = lease_items(participation_id=make_participation(study=study).pk, count=3)
    assert sorted(assignment.study_image.domain for assignment in leases.assignments) == ["art", "photo", "photo"]


@pytest.mark.django_db(transaction=True)  # a dump reads on a connection of its own
def test_a_dump_says_what_its_study_says_and_chooses_domains_by_that(two: tuple[Study, Study]) -> None:
    for study in two:
        entry = study.study_images.get()
        make_rating(participation=make_participation(study=study), study_image=entry, value=4)
    for study, expected in zip(
        two, (("cat.png", "a draft prompt", "art"), ("0001.png", "the final prompt", "photo")), strict=True
    ):
        folder = folder_of(dumped(study, domains=(expected[2],)))
        (rating,) = pd.read_parquet(folder / "ratings.parquet").to_dict("records")
        (image,) = pd.read_parquet(folder / "images.parquet").to_dict("records")
        assert (image["file_name"], image["prompt"], image["domain"]) == expected
        assert (rating["prompt"], rating["domain"]) == expected[1:]


def test_pairs_find_pictures_by_the_names_of_their_own_study(two: tuple[Study, Study], tmp_path: Path) -> None:
    study = listed(tmp_path / "c", "0001.png,p,flux,photo,\n", slug="pairs", design=Design.PAIRWISE)
    listed(tmp_path / "d", "0002.png,p,nano,photo,\n", color="navy", slug="pairs")
    stranger = make_image(study=two[0], name="0002.png")
    (tmp_path / "pairs.csv").write_text("prompt,condition,image\np,flux,0001.png\np,nano,0002.png\n")
    out = StringIO()
    call_command("import_pairs", str(tmp_path / "pairs.csv"), study="pairs", stdout=out)
    assert "1 new pairs, 0 there already, 0 rows refused" in out.getvalue()
    pair = Pair.objects.get()
    assert {pair.image_a, pair.image_b} == {entry.image for entry in study.study_images.all()}
    assert stranger not in {pair.image_a, pair.image_b}


def test_a_picture_that_only_a_pair_shows_gets_an_entry_described_as_where_it_was_used_first(
    two: tuple[Study, Study], tmp_path: Path
) -> None:
    study = make_study(design=Design.PAIRWISE, slug="pairs")
    shared, plain = Image.objects.get(), make_image()
    (tmp_path / "pairs.csv").write_text(f"prompt,condition,image\np,a,{shared.sha256}\np,b,{plain.pk}\n")
    call_command("import_pairs", str(tmp_path / "pairs.csv"), study="pairs", stdout=StringIO())
    entries = {entry.image: entry for entry in study.study_images.all()}
    assert (entries[shared].name, entries[shared].prompt) == ("cat.png", "a draft prompt")
    assert (entries[plain].name, entries[plain].prompt) == ("", "")
    assert {(entry.is_active, entry.is_practice, entry.is_made) for entry in entries.values()} == {(False, True, False)}


def test_what_was_made_for_a_rater_to_compare_leaves_its_study_with_them() -> None:
    study = make_study(design=Design.PAIRWISE)
    participation = make_participation(study=study)
    images = [make_image(is_drawn=True) for _ in "ab"]
    for image in images:
        make_study_image(study=study, image=image, is_made=True, is_active=False, is_practice=True)
    kept = make_pair(study=study)
    make_pair(study=study, participation=participation, image_a=images[0], image_b=images[1])
    withdraw_rater(rater=participation.rater, actor=None)
    assert set(Image.objects.all()) == {kept.image_a, kept.image_b}
    assert StudyImage.objects.count() == 2


CORRECTED = "dog.png,a dog on a sofa,flux,art,test\n"


@pytest.fixture
def dog(tmp_path: Path) -> Study:
    """Give a study with one picture, whose prompt has a slip of the pen and whose split is not known."""
    return listed(tmp_path, "dog.png,a dgo on a sofa,flux,photo,\n", slug="dogs")


def imported_again(folder: Path, rows: str, *options: str, head: str = HEAD) -> str:
    """Import the list of a folder again, changed, and give what was said."""
    (folder / "list.csv").write_text(head + rows)
    out = StringIO()
    call_command("import_images", str(folder / "list.csv"), "--study", "dogs", *options, stdout=out)
    return out.getvalue()


def test_a_corrected_list_is_compared_and_leaves_what_is_known(dog: Study, tmp_path: Path) -> None:
    said = imported_again(tmp_path, CORRECTED)
    assert said == (
        "1 known one differs from the list: what is known stays; --replace-details takes over what the list says:\n"
        "  dog.png: prompt 'a dgo on a sofa' -> 'a dog on a sofa'; domain 'photo' -> 'art'\n"
        "dogs: 1 duplicates skipped, 1 known ones completed with details, "
        "1 known ones left that differ from the list; 1 images in the study.\n"
    )
    assert facts_in(dog) == [("dog.png", "a dgo on a sofa", "flux", "photo", {"split": "test"})]


def test_a_corrected_list_replaces_what_is_known_when_asked_and_then_agrees(dog: Study, tmp_path: Path) -> None:
    said = imported_again(tmp_path, CORRECTED, "--replace-details")
    assert "1 known one differs from the list: what the list says was taken over:\n  dog.png: prompt" in said
    assert facts_in(dog) == [("dog.png", "a dog on a sofa", "flux", "art", {"split": "test"})]
    assert imported_again(tmp_path, CORRECTED) == "dogs: 1 duplicates skipped; 1 images in the study.\n"


def test_a_blank_cell_erases_nothing(dog: Study, tmp_path: Path) -> None:
    assert "differ" not in imported_again(tmp_path, "dog.png,,flux,,\n", "--replace-details")
    assert facts_in(dog)[0][1:4] == ("a dgo on a sofa", "flux", "photo")


def test_a_list_corrects_its_own_study_only(two: tuple[Study, Study], tmp_path: Path) -> None:
    folder = tmp_path / "b"
    (folder / "list.csv").write_text(HEAD + "0001.png,corrected,flux,photo,main\n")
    import_images(path=folder / "list.csv", study=two[1], known=KnownDetails.REPLACE)
    assert [facts_in(study)[0][1] for study in two] == ["a draft prompt", "corrected"]


def test_a_list_that_calls_a_known_picture_otherwise_says_so_and_renames_it_when_asked(
    dog: Study, tmp_path: Path
) -> None:
    make_picture(tmp_path / "renamed.png", color="teal")
    rows = "renamed.png,a dgo on a sofa,flux,photo,\n"
    assert "dog.png: name 'dog.png' -> 'renamed.png'" in imported_again(tmp_path, rows)
    imported_again(tmp_path, rows, "--replace-details")
    assert facts_in(dog)[0][0] == "renamed.png"


def test_of_many_that_differ_ten_are_named_and_all_are_counted(tmp_path: Path) -> None:
    study = make_study(slug="dogs")
    rows = [f"{number:02}.png,old,,," for number in range(12)]
    for number in range(12):
        make_picture(tmp_path / f"{number:02}.png", color=f"#0000{number:02}", width=9 + number)
    (tmp_path / "list.csv").write_text(HEAD + "\n".join(rows))
    import_images(path=tmp_path / "list.csv", study=study)
    said = imported_again(tmp_path, "\n".join(rows).replace("old", "new"))
    assert said.startswith("12 known ones differ from the list")
    assert said.count("prompt 'old' -> 'new'") == 10
    assert "… and 2 more" in said


def test_two_files_of_one_picture_are_described_by_the_first_also_when_details_are_replaced(tmp_path: Path) -> None:
    study = listed(tmp_path, "a.png,first,,,\nb.png,second,,,\n", slug="dogs")
    assert facts_in(study) == [("a.png", "first", "", "", {})]
    said = imported_again(tmp_path, "a.png,first,,,\nb.png,second,,,\n", "--replace-details")
    assert "a.png: name 'a.png' -> 'b.png'; prompt 'first' -> 'second'" in said
    assert facts_in(study) == [("a.png", "first", "", "", {})]


@pytest.mark.parametrize(
    ("ticked", "prompt"), [({}, "a dgo on a sofa"), ({"replaces_details": "on"}, "a dog on a sofa")]
)
def test_the_upload_of_the_admin_replaces_details_where_that_is_ticked(
    dog: Study, admin_client: Client, ticked: dict[str, str], prompt: str
) -> None:
    table = SimpleUploadedFile("list.csv", (HEAD + CORRECTED).encode())
    picture = SimpleUploadedFile("dog.png", picture_bytes())
    url = reverse("admin:ratings_study_upload", args=[dog.pk])
    admin_client.post(url, {"pictures": [picture], "details": table, **ticked})
    delivery = Delivery.objects.get()
    import_delivery(delivery_id=delivery.pk)
    assert facts_in(dog)[0][1] == prompt
    page = admin_client.get(reverse("admin:ratings_delivery_change", args=[delivery.pk])).content.decode()
    assert "1 known one differs from the list" in page
    assert '<strong class="text-important">dog.png</strong> prompt &#x27;a dgo' in page


def test_a_delivery_of_the_version_before_keeps_what_is_known(dog: Study) -> None:
    folder = keep_files(files={"pictures": [SimpleUploadedFile("dog.png", picture_bytes())]})
    delivery = request_picture_import(study=dog, folder=folder, actor=None)
    Delivery.objects.update(options={})
    import_delivery(delivery_id=delivery.pk)
    assert facts_in(dog)[0][1] == "a dgo on a sofa"


def test_the_admin_shows_and_edits_the_entry_of_one_study(two: tuple[Study, Study], admin_client: Client) -> None:
    image = Image.objects.get()
    url = reverse("admin:ratings_image_change", args=[image.pk])
    page = admin_client.get(url)
    assert {"a draft prompt", "the final prompt"} <= set(
        page.content.decode().replace("<", ">").replace("\n", "").split(">")
    )
    forms = page.context["inline_admin_formsets"][0].formset
    data = {f"{forms.prefix}-{name}": forms.management_form[name].value() for name in forms.management_form.fields}
    data |= {"dataset_images-TOTAL_FORMS": 0, "dataset_images-INITIAL_FORMS": 0}
    for form in forms.forms:
        data |= {form.add_prefix(name): form[name].value() for name in form.fields}
        if form.instance.study == two[1]:
            data[form.add_prefix("prompt")] = "edited"
    admin_client.post(url, data)
    assert [facts_in(study)[0][1] for study in two] == ["a draft prompt", "edited"]


def test_the_wall_shows_and_finds_pictures_by_what_the_chosen_study_says(
    two: tuple[Study, Study], admin_client: Client
) -> None:
    url, study = reverse("admin:ratings_image_changelist"), "study_images__study__id__exact"

    def shown(**asked: Any) -> str:
        return admin_client.get(url, asked).content.decode()

    assert "a draft prompt" in shown(**{study: two[0].pk})
    assert "the final prompt" in shown(**{study: two[1].pk})
    assert "the final prompt" in shown(**{study: two[1].pk, "domain": "photo", "q": "final 0001"})
    assert "the final prompt" not in shown(**{study: two[1].pk, "domain": "art"})
    assert "the final prompt" not in shown(**{study: two[1].pk, "q": "draft"})


def test_an_import_of_pairs_that_makes_none_fails(tmp_path: Path) -> None:
    make_study(design=Design.PAIRWISE, slug="pairs")
    (tmp_path / "pairs.csv").write_text("prompt,condition,image\np,a,none.png\np,b,nothing.png\n")
    with pytest.raises(CommandError, match="no row of it can be taken in") as caught:
        call_command("import_pairs", str(tmp_path / "pairs.csv"), study="pairs", stdout=StringIO(), stderr=StringIO())
    assert caught.value.returncode == 2
