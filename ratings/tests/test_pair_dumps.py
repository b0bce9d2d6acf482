"""Dumps of a pairwise study: every choice once, as it was seen, and nothing of those who left."""

import json
from pathlib import Path

import pandas as pd
import pytest
from datasets import load_dataset

from ratings.choices import Answer, Design, Side
from ratings.exceptions import InvalidInputError
from ratings.models import Pair, Participation, Study
from ratings.services.withdraw import withdraw_rater
from ratings.tests.dumping import QUESTIONS, dumped, folder_of
from ratings.tests.factories import make_choice, make_pair, make_participation, make_rater, make_study

pytestmark = pytest.mark.django_db(transaction=True)  # a dump reads on a connection of its own


@pytest.fixture
def study() -> Study:
    study = make_study(slug="compare", design=Design.PAIRWISE, ties_allowed=True, profile_questions=QUESTIONS)
    pair = make_pair(study=study, group="owl", prompt='an "owl", at night')
    for answer, left in ((Answer.LEFT, Side.A), (Answer.LEFT, Side.B), (Answer.TIE, Side.A)):
        rater = make_participation(study=study, rater=make_rater(answers={"age": "18-29"}))
        make_choice(
            participation=rater,
            pair=pair,
            answer=answer,
            left=left,
            client={"shown_width": 300.5, "surround": "#202020"},
        )
    robot = make_participation(study=study, rater=make_rater(is_simulated=True))
    make_choice(participation=robot, pair=pair, answer=Answer.RIGHT)
    return study


def read(folder: Path, name: str, dump_format: str) -> pd.DataFrame:
    if dump_format == "csv":
        return pd.read_csv(folder / f"{name}.csv")
    if dump_format == "jsonl":
        return pd.read_json(folder / f"{name}.jsonl", lines=True)
    files = sorted((folder / name).glob("*.parquet")) if dump_format == "hf" else [folder / f"{name}.parquet"]
    return pd.concat(pd.read_parquet(file) for file in files)


@pytest.mark.parametrize("dump_format", ["csv", "jsonl", "parquet", "hf"])
def test_every_format_holds_every_choice_as_it_was_seen(study: Study, dump_format: str) -> None:
    dump = dumped(study, dump_format=dump_format)
    folder = folder_of(dump)
    choices = read(folder, "choices", dump_format).sort_values("chosen_at")
    pair = Pair.objects.get()
    assert dump.row_count == len(choices) == 3
    assert list(choices["choice"]) == ["left", "left", "tie"]
    assert list(choices["condition_left"]) == ["plain", "steered", "plain"]
    assert list(choices["preferred"])[:2] == ["plain", "steered"]
    assert choices["preferred"].isna().tolist() == [False, False, True]
    assert list(choices["image_left"]) == [str(pair.image_a_id), str(pair.image_b_id), str(pair.image_a_id)]
    assert set(choices["prompt"]) == {'an "owl", at night'}
    assert set(choices["shown_width"]) == {300.5}
    assert set(choices["surround"]) == {"#202020"}
    assert set(read(folder, "images", dump_format)["image"]) == {str(pair.image_a_id), str(pair.image_b_id)}
    assert list(read(folder, "raters", dump_format)["choices"]) == [1, 1, 1]


def test_manifest_card_and_croissant_tell_of_choices(study: Study) -> None:
    folder = folder_of(dumped(study))
    manifest = json.loads((folder / "manifest.json").read_text())
    card = (folder / "README.md").read_text()
    croissant = json.loads((folder / "croissant.json").read_text())
    assert manifest["counts"] == {"choices": 3, "raters": 3, "images": 2}
    assert (manifest["study"]["design"], manifest["study"]["ties_allowed"]) == ("pairwise", True)
    assert "3 choices among 2 images by 3 raters, ties allowed" in card
    assert "two images side by side" in card
    assert {one["@id"] for one in croissant["recordSet"]} == {"choices", "raters", "images"}


def test_the_datasets_library_loads_it(study: Study, tmp_path: Path) -> None:
    folder = folder_of(dumped(study, dump_format="hf"))
    loaded = load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    assert sum(len(split) for split in loaded.values()) == 3
    assert all("preferred" in split.column_names for split in loaded.values())


def test_simulated_raters_come_along_only_if_asked_for(study: Study) -> None:
    assert dumped(study).row_count == 3
    assert dumped(study, include_simulated=True).row_count == 4


def test_raters_held_out_are_in_no_other_split_of_the_choices() -> None:
    study = make_study(slug="many", design=Design.PAIRWISE)
    for _ in range(40):
        make_choice(participation=make_participation(study=study), pair=make_pair(study=study))
    folder = folder_of(dumped(study, dump_format="hf"))
    loaded = load_dataset(str(folder), cache_dir=str(folder.parent / "cache"))
    raters = {name: set(split["rater"]) for name, split in loaded.items()}
    assert set(raters) == {"train", "test_unseen_raters"}
    assert not raters["train"] & raters["test_unseen_raters"]
    assert sum(map(len, raters.values())) == 40


def test_who_withdrew_is_in_no_later_dump(study: Study) -> None:
    first = Participation.objects.order_by("created_at").first()
    assert first is not None
    withdraw_rater(rater=first.rater, actor=None)
    dump = dumped(study)
    assert dump.row_count == 2
    assert len(pd.read_parquet(folder_of(dump) / "raters.parquet")) == 2


def test_filters_about_single_pictures_are_refused(study: Study) -> None:
    with pytest.raises(InvalidInputError, match="knows no include practice"):
        dumped(study, include_practice=True)
