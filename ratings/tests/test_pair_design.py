"""Importing the design of a pairwise study."""

import json
import unicodedata
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from ratings.choices import Design
from ratings.exceptions import RecordError
from ratings.models import Pair, Study
from ratings.services.comparisons.design_table import import_pairs
from ratings.services.studies import create_study, open_study
from ratings.tests.factories import make_image, make_participation, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    study = make_study(slug="compare", design=Design.PAIRWISE, target=4)
    for name in ("owl-plain.png", "owl-self.png", "owl-other.png", "fox-plain.png", "fox-self.png"):
        make_image(study=study, name=name)
    return study


def design(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "design.csv"
    path.write_text("\n".join(("prompt,condition,image,rater", *rows)))
    return path


OWL = ("an owl,plain,owl-plain.png,", "an owl,self,owl-self.png,", "an owl,other,owl-other.png,")
FOX = ("a fox,plain,fox-plain.png,", "a fox,self,fox-self.png,")


def test_all_pairs_of_conditions_within_a_prompt_are_made_once(study: Study, tmp_path: Path) -> None:
    path = design(tmp_path, *OWL, *FOX)
    first = import_pairs(study=study, path=path)
    again = import_pairs(study=study, path=path)
    assert (first.created, again.created, again.known) == (4, 0, 4)  # three for the owl, one for the fox
    assert first.rejected == again.rejected == []
    made = {(pair.group, pair.condition_a, pair.condition_b, pair.target) for pair in Pair.objects.all()}
    assert made == {
        ("an owl", "other", "plain", 4),
        ("an owl", "other", "self", 4),
        ("an owl", "plain", "self", 4),
        ("a fox", "plain", "self", 4),
    }
    assert sorted(Pair.objects.values_list("ordinal", flat=True)) == [0, 1, 2, 3]


def test_a_row_added_later_adds_its_pairs_only(study: Study, tmp_path: Path) -> None:
    import_pairs(study=study, path=design(tmp_path, *OWL[:2]))
    report = import_pairs(study=study, path=design(tmp_path, *OWL))
    assert (report.created, report.known) == (2, 1)


def test_a_bad_row_has_its_sentence_and_the_rest_is_taken_in(study: Study, tmp_path: Path) -> None:
    twin = make_image(study=make_study(), name="twin.png")
    make_image(study=make_study(), name="twin.png")
    path = design(
        tmp_path,
        *OWL,
        "a fox,plain,,",
        "a fox,plain,nothing.png,",
        "a fox,plain,twin.png,",
        "an owl,self,fox-self.png,",
        "an owl,self,fox-self.png,somebody",
        f"an owl,copy,{twin.sha256},",
        "a cat,plain,owl-plain.png,",
    )
    report = import_pairs(study=study, path=path)
    assert report.created == 6  # the owl in four conditions
    assert report.rejected == [
        "line 5: no image; fill it in.",
        "line 6: there is no picture 'nothing.png'; import it first, or correct the name.",
        "line 7: 2 pictures are called 'twin.png'; give the SHA-256 instead.",
        "line 8: 'self' has another picture for this prompt in line 3; put one of them into a group of its own.",
        "line 9: nobody called 'somebody' takes part in the study; let them join first, or leave the cell blank.",
        "line 11: 'a cat' has one condition only; a pair needs two.",
    ]


def test_rows_may_name_a_rater_a_group_and_pictures_by_digest_or_id(study: Study, tmp_path: Path) -> None:
    participation = make_participation(study=study, external_id="worker-7")
    one, other = make_image(), make_image()
    rows = [
        {
            "prompt": "x" * 300,
            "condition": "a",
            "image": one.sha256,
            "group": "g",
            "rater": str(participation.rater_id),
        },
        {"prompt": "x" * 300, "condition": "b", "image": str(other.pk), "group": "g", "rater": "worker-7"},
    ]
    path = tmp_path / "design.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    report = import_pairs(study=study, path=path)
    (pair,) = Pair.objects.all()
    assert report.rejected == []
    assert (pair.participation, pair.group, pair.target) == (participation, "g", 1)
    assert {pair.image_a, pair.image_b} == {one, other}


# A folder for each model, as they are generated; the table written by pandas on Windows, by `find .`, by a browser, or
# on another computer (HumanSignal/label-studio issue 9190, tue-mps/eomt issue 9).
@pytest.mark.parametrize(
    "spelled",
    ["{}/0.png", "{}\\0.png", "./{}/0.png", "{}/%30.png", "C:\\out\\{}\\0.png", "/home/mira/out/{}/0.png"],
)
def test_pictures_are_found_however_their_path_is_spelled(tmp_path: Path, spelled: str) -> None:
    study = make_study(design=Design.PAIRWISE)
    images = [make_image(study=study, name=f"model-{letter}/0.png") for letter in "ab"]
    rows = [f"an owl,{letter},{spelled.format(f'model-{letter}')}," for letter in "ab"]
    report = import_pairs(study=study, path=design(tmp_path, *rows))
    assert report.rejected == []
    pair = Pair.objects.get()
    assert [pair.image_a, pair.image_b] == images


def test_a_name_that_two_pictures_could_have_is_refused_with_both(tmp_path: Path) -> None:
    study = make_study(design=Design.PAIRWISE)
    for letter in "ab":
        make_image(study=study, name=f"model-{letter}/0.png")
    make_image(study=make_study(), name="0.png")
    report = import_pairs(study=study, path=design(tmp_path, "an owl,a,0.png,", "an owl,b,model-c/0.png,"))
    assert report.rejected == [
        "line 2: '0.png': it could mean 'model-a/0.png' or 'model-b/0.png'; write the whole path.",
        "line 3: 'model-c/0.png': it could mean 'model-a/0.png' or 'model-b/0.png'; write the whole path.",
    ]


def test_a_name_of_another_study_means_its_picture_only_exactly(study: Study, tmp_path: Path) -> None:
    known = make_image(study=make_study(), name="set/é.png")
    rows = (f"an é,plain,set\\{unicodedata.normalize('NFD', 'é.png')},", "an é,other,é.png,", "an é,self,owl-self.png,")
    report = import_pairs(study=study, path=design(tmp_path, *rows))
    assert report.rejected == ["line 3: there is no picture 'é.png'; import it first, or correct the name."]
    assert known in (Pair.objects.get().image_a, Pair.objects.get().image_b)


def test_pictures_that_changed_under_the_same_name_are_refused(study: Study, tmp_path: Path) -> None:
    import_pairs(study=study, path=design(tmp_path, *FOX))
    report = import_pairs(study=study, path=design(tmp_path, FOX[0], "a fox,self,owl-self.png,"))
    assert (report.created, report.known) == (0, 0)
    assert "with other pictures" in report.rejected[0]


def test_the_command_says_what_it_did_and_what_it_refused(study: Study, tmp_path: Path) -> None:
    out, err = StringIO(), StringIO()
    path = design(tmp_path, *FOX, "a fox,other,nothing.png,")
    call_command("import_pairs", str(path), study="compare", stdout=out, stderr=err)
    assert out.getvalue() == "compare: 1 new pairs, 0 there already, 1 rows refused.\n"
    assert "rejected line 4" in err.getvalue()


def test_a_table_of_which_no_row_can_be_taken_in_is_refused_in_one_line(study: Study, tmp_path: Path) -> None:
    path, err = design(tmp_path, "a fox,plain,nothing.png,", "a fox,self,nowhere.png,"), StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("import_pairs", str(path), study="compare", stderr=err)
    assert str(refused.value) == (
        f"{path}: no row of it can be taken in, 2 were refused; the first is line 2: there is no picture "
        "'nothing.png'; import it first, or correct the name."
    )
    assert (refused.value.returncode, err.getvalue()) == (2, "")
    assert not Pair.objects.exists()


def test_the_command_refuses_a_table_or_study_that_cannot_hold_a_design(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "design.csv"
    path.write_text("prompt,picture\nx,y")
    with pytest.raises(CommandError, match="no column 'condition'"):
        call_command("import_pairs", str(path), study="compare")
    with pytest.raises(CommandError, match="There is no study"):
        call_command("import_pairs", str(path), study="nowhere")
    make_study(slug="rating")
    with pytest.raises(CommandError, match="shows one picture at a time"):
        call_command("import_pairs", str(path), study="rating")


def test_the_admin_takes_a_design_and_says_what_became_of_its_rows(
    study: Study, tmp_path: Path, admin_client: Client
) -> None:
    page = reverse("admin:ratings_study_import_design", args=[study.pk])
    path = design(tmp_path, *FOX, "a fox,other,nothing.png,")
    with path.open("rb") as table:
        text = admin_client.post(page, {"table": table}).content.decode()
    assert "1 new pairs, 0 there already, 1 rows refused" in text
    assert "line 4: there is no picture" in text
    path.write_text("prompt,picture\nx,y")
    with path.open("rb") as table:
        assert "no column" in admin_client.post(page, {"table": table}).content.decode()
    assert Pair.objects.count() == 1


def test_only_a_pairwise_study_offers_to_import_pairs(study: Study, admin_client: Client) -> None:
    offered = admin_client.get(reverse("admin:ratings_study_change", args=[study.pk])).content.decode()
    assert "Import pairs" in offered
    other = admin_client.get(reverse("admin:ratings_study_change", args=[make_study().pk])).content.decode()
    assert "Import pairs" not in other


def test_a_description_may_ask_for_pairs_and_opens_once_there_are_some(study: Study, tmp_path: Path) -> None:
    described = create_study(
        description={"slug": "new", "title": "New", "design": "pairwise", "ties_allowed": True, "consent_text": "Yes."}
    )
    assert described.design == Design.PAIRWISE
    with pytest.raises(RecordError, match="no pairs yet"):
        open_study(study=described, actor=None)
    import_pairs(study=described, path=design(tmp_path, *FOX))
    assert open_study(study=described, actor=None).is_open
