"""A dump is whole, versioned and checksummed, loads anywhere, and holds nothing that names a person."""

import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from django.core.management import call_command
from django.utils import timezone

from ratings.choices import AssignmentKind, FlagState, Policy
from ratings.exceptions import InvalidInputError
from ratings.models import Dataset, DatasetRater, DatasetRating, Dump, Profile, QualityFlag, Rating, Study, StudyImage
from ratings.selectors.named_raters import pseudonym
from ratings.services.datasets import Source, import_ratings
from ratings.services.dumps import DumpFilters, request_dump
from ratings.services.dumps import tables as dump_tables
from ratings.services.withdraw import withdraw_rater
from ratings.tests.dumping import as_truth, dumped, folder_of, make_birds, truth
from ratings.tests.factories import (
    make_participation,
    make_rater,
    make_rating,
    make_study,
)

# A dump reads on a connection of its own, which sees committed rows only.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def study() -> Study:
    """Give the study to dump."""
    return make_birds()


def test_csv_jsonl_and_parquet_give_the_same_ratings_back(study: Study) -> None:
    read: dict[str, Callable[[Path], pd.DataFrame]] = {
        "csv": lambda folder: pd.read_csv(folder / "ratings.csv"),
        "jsonl": lambda folder: pd.read_json(folder / "ratings.jsonl", lines=True, dtype={"rater": str}),
        "parquet": lambda folder: pd.read_parquet(folder / "ratings.parquet"),
    }
    for dump_format, reader in read.items():
        frame = reader(folder_of(dumped(study, dump_format=dump_format)))
        assert as_truth(frame) == truth(study)
        assert len(frame) == 21
        assert set(frame["prompt"].fillna("")) == {'a "red" bird, flying', "two\nlines", ""}
        assert set(frame["propensity"]) == {0.25}
        assert frame["is_test_slice"].sum() == 7
        assert set(frame["viewport_height"]) == {844.5}


def test_a_cell_of_a_dump_is_what_was_given_though_a_spreadsheet_takes_it_for_a_formula(study: Study) -> None:
    row = study.study_images.order_by("pk").first()
    assert row is not None
    for prompt in ("=1+1", "-2 degrees", "@home", "+1", "'quoted", "\ttabbed"):
        StudyImage.objects.filter(pk=row.pk).update(prompt=prompt)
        images = pd.read_csv(folder_of(dumped(study, dump_format="csv")) / "images.csv", keep_default_na=False)
        assert prompt in set(images["prompt"])


def test_the_manifest_lists_every_file_with_its_checksum(study: Study) -> None:
    dump = dumped(study)
    folder = folder_of(dump)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest == dump.manifest
    assert {one["path"] for one in manifest["files"]} | {"manifest.json"} == {one.name for one in folder.iterdir()}
    for one in manifest["files"]:
        assert hashlib.sha256((folder / one["path"]).read_bytes()).hexdigest() == one["sha256"]
    assert manifest["counts"] == {"ratings": 21, "raters": 7, "images": 3}
    assert manifest["model_versions"] == ["v3"]
    assert manifest["study"]["slug"] == "birds"
    columns = {one["name"] for one in manifest["tables"]["ratings"]["columns"]}
    assert columns == set(pq.read_schema(folder / "ratings.parquet").names)
    assert all(one["meaning"] for table in manifest["tables"].values() for one in table["columns"])
    assert set(manifest["software"]) == {"pamela", "python", "postgresql", "pyarrow"}


def test_nothing_in_a_dump_names_a_person(study: Study) -> None:
    folder = folder_of(dumped(study, dump_format="csv"))
    text = "".join(path.read_text() for path in folder.iterdir())
    for participation in study.participations.all():
        assert str(participation.rater_id) not in text
        assert str(participation.pk) not in text
        assert participation.external_id not in text
    assert "free text" not in text


def test_a_pseudonym_is_stable_from_dump_to_dump(study: Study) -> None:
    first, second = (pd.read_parquet(folder_of(dumped(study)) / "raters.parquet") for _ in range(2))
    assert set(first["rater"]) == set(second["rater"])
    assert first["rater"].str.len().eq(20).all()


def test_profile_answers_of_small_groups_are_left_out(study: Study) -> None:
    raters = pd.read_parquet(folder_of(dumped(study)) / "raters.parquet")
    assert raters["profile_age"].value_counts().to_dict() == {"18-29": 7}
    assert "profile_secret" not in raters
    one = Profile.objects.first()
    assert one is not None
    one.answers["age"] = "30-44"
    one.save()
    raters = pd.read_parquet(folder_of(dumped(study)) / "raters.parquet")
    assert raters["profile_age"].isna().all()  # the only one left out would be known as the only one who is older


def test_undone_and_replaced_ratings_are_not_dumped(study: Study) -> None:
    old = Rating.objects.first()
    assert old is not None
    Rating.objects.filter(pk=old.pk).update(replaced_at=timezone.now())
    Rating.objects.create(
        nonce=uuid.uuid4(),
        assignment=old.assignment,
        participation=old.participation,
        image=old.image,
        value=None,
        replaces=old,
    )
    assert dumped(study).row_count == 20


def test_practice_is_left_out_and_repeats_are_kept_unless_asked(study: Study) -> None:
    participation = study.participations.first()
    for kind in (AssignmentKind.PRACTICE, AssignmentKind.REPEAT):
        make_rating(
            participation=participation,
            study_image=study.study_images.first(),
            assignment={"kind": kind, "policy": kind.value},
        )
    assert dumped(study).row_count == 22
    assert dumped(study, include_repeats=False).row_count == 21
    assert dumped(study, include_practice=True).row_count == 23


def test_filters_choose_by_date_domain_consent_and_policy(study: Study) -> None:
    Rating.objects.filter(assignment__study_image__prompt="").update(created_at=timezone.now() - timedelta(days=10))
    yesterday = timezone.now() - timedelta(days=1)
    assert dumped(study, since=yesterday).row_count == 14
    assert dumped(study, until=yesterday).row_count == 7
    assert dumped(study, policies=("random",)).row_count == 7
    assert dumped(study, domains=("art",), consent_versions=("1",)).row_count == 21


def test_a_filter_that_names_nothing_is_refused(study: Study) -> None:
    wrong = (DumpFilters(domains=("fish",)), DumpFilters(consent_versions=("9",)), DumpFilters(policies=("luck",)))
    for filters in wrong:
        with pytest.raises(InvalidInputError, match="it has"):
            request_dump(study=study, format="csv", filters=filters, requested_by=None)
    with pytest.raises(InvalidInputError, match="no format of dumps"):
        request_dump(study=study, format="xml", filters=DumpFilters(), requested_by=None)
    assert not Dump.objects.exists()


def test_simulated_raters_are_left_out_with_a_sentence_that_says_so() -> None:
    study = make_study(is_demo=True)
    make_rating(participation=make_participation(study=study, rater=make_rater(is_simulated=True)))
    dump = dumped(study)
    assert dump.row_count == 0
    assert "simulated and left out" in dump.manifest["note"]
    assert dumped(study, include_simulated=True).row_count == 1


def test_a_study_without_ratings_gives_an_empty_dump_in_every_format() -> None:
    study = make_study()
    for dump_format in ("csv", "jsonl", "parquet", "hf"):
        dump = dumped(study, dump_format=dump_format)
        assert "No ratings match" in dump.manifest["note"]
        assert (folder_of(dump) / "README.md").exists()


def test_a_second_dump_with_profiles_warns_of_the_first_and_one_without_does_not(study: Study) -> None:
    assert dumped(study).manifest["note"] == ""
    second = dumped(study)
    assert second.manifest["note"].startswith("There is a dump of this study already, version 1, and together")
    assert "> There is a dump of this study already" in (folder_of(second) / "README.md").read_text()
    Study.objects.filter(pk=study.pk).update(profile_questions=[])
    assert dumped(Study.objects.get(pk=study.pk)).manifest["note"] == ""


def test_a_rater_who_withdraws_is_absent_from_later_dumps(study: Study) -> None:
    participation = study.participations.first()
    assert participation is not None
    gone = pseudonym(rater=str(participation.rater_id))
    assert gone in set(pd.read_parquet(folder_of(dumped(study)) / "raters.parquet")["rater"])
    withdraw_rater(rater=participation.rater, actor=None)
    folder = folder_of(dumped(study))
    assert gone not in set(pd.read_parquet(folder / "ratings.parquet")["rater"])
    assert gone not in set(pd.read_parquet(folder / "raters.parquet")["rater"])


@pytest.mark.parametrize("dump_format", ["csv", "jsonl", "parquet", "hf"])
def test_a_dump_imported_elsewhere_gives_the_same_ratings(study: Study, dump_format: str) -> None:
    folder = folder_of(dumped(study, dump_format=dump_format))
    import_ratings(name="again", source=Source(path=folder, scale_min=1, scale_max=5))
    rows = DatasetRating.objects.values_list("rater__key", "dataset_image__key", "value")
    assert set(rows) == truth(study)
    young = DatasetRater.objects.filter(attributes__profile_age="18-29")
    assert young.count() == 7


def test_a_dump_brings_its_scale_along(study: Study) -> None:
    folder = folder_of(dumped(study, dump_format="jsonl"))
    call_command("import_ratings", str(folder), "--dataset", "again", stdout=StringIO())
    assert Dataset.objects.values_list("scale_min", "scale_max").get() == (study.scale_min, study.scale_max)
    again = StringIO()
    call_command("import_ratings", str(folder), "--dataset", "again", stdout=again)
    assert "0 added, 0 changed, 21 known already" in again.getvalue()


def test_flagged_raters_are_left_out_only_when_asked_and_the_card_says_so(study: Study) -> None:
    flagged, other = study.participations.all()[:2]
    QualityFlag.objects.create(participation=flagged, reason="fast", finding="x", state=FlagState.CONFIRMED)
    QualityFlag.objects.create(participation=other, reason="fast", finding="x")
    assert dumped(study).row_count == 21
    dump = dumped(study, leave_out_flagged=True)
    assert dump.row_count == 18
    assert dump.manifest["dump"]["flagged_raters_left_out"] == 1
    assert "1 raters with a confirmed flag" in (folder_of(dump) / "README.md").read_text()


def test_the_test_slice_can_be_had_alone_and_attention_checks_stay_out(study: Study) -> None:
    make_rating(
        participation=study.participations.first(),
        study_image=study.study_images.first(),
        assignment={"kind": AssignmentKind.ATTENTION, "policy": Policy.ATTENTION},
    )
    assert dumped(study, only_test_slice=True).row_count == 7
    assert dumped(study).row_count == 21


def test_pictures_go_into_hugging_face_folders_only(study: Study) -> None:
    with pytest.raises(InvalidInputError, match="Pictures go into a Hugging Face dataset only"):
        request_dump(study=study, format="csv", filters=DumpFilters(include_pictures=True), requested_by=None)


def test_the_hugging_face_folder_has_splits_that_share_no_unseen_rater(study: Study) -> None:
    folder = folder_of(dumped(study, dump_format="hf"))
    card = (folder / "README.md").read_text()
    assert card.startswith("---\n")
    assert "config_name: ratings\n  default: true" in card
    parts = {
        name: pd.concat(pd.read_parquet(path) for path in folder.glob(f"ratings/{name}-*.parquet"))
        for name in ("train", "test_seen_raters", "test_unseen_raters")
        if list(folder.glob(f"ratings/{name}-*.parquet"))
    }
    assert as_truth(pd.concat(parts.values())) == truth(study)
    assert not parts["train"]["is_test_slice"].any()
    assert parts["test_seen_raters"]["is_test_slice"].all()
    unseen = set(parts["test_unseen_raters"]["rater"]) if "test_unseen_raters" in parts else set()
    assert not unseen & (set(parts["train"]["rater"]) | set(parts["test_seen_raters"]["rater"]))


def test_a_study_larger_than_one_piece_of_images_comes_out_whole(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dump_tables, "IMAGES_AT_ONCE", 2)
    folder = folder_of(dumped(study))
    assert as_truth(pd.read_parquet(folder / "ratings.parquet")) == truth(study)
    assert len(pd.read_parquet(folder / "images.parquet")) == 3
