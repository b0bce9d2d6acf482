"""A paper's table can be repeated from the folder that a set was unpacked to, each of its parts measured by itself."""

import csv
import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from PIL import Image

IMAGES, RATERS = 16, 6
LIGHT = [place / (IMAGES - 1) for place in range(IMAGES)]


def make_pictures(folder: Path) -> None:
    """Write pictures from dark to light."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for place, level in enumerate(LIGHT):
        pixels = np.clip(255 * level + rng.normal(0, 20, (48, 48, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{place}.jpg")


def held(path: Path) -> dict[str, Any]:
    """Hold a picture as the datasets library does."""
    return {"image": {"bytes": path.read_bytes(), "path": path.name}}


def liking(rater: int, place: int) -> float:
    """Say how much somebody likes a picture, from 0 to 1: half of them like light."""
    return LIGHT[place] if rater % 2 else 1 - LIGHT[place]


def evaluated(folder: Path, out: Path, *options: str) -> tuple[str, dict[str, Any]]:
    """Evaluate as somebody would; give what was printed and the figures."""
    printed = StringIO()
    call_command(
        "evaluate", str(folder), "--published", "--out", str(out), "--json", str(out.with_suffix(".json")),
        "--baselines", "none", *options, stdout=printed,
    )  # fmt: skip
    return printed.getvalue(), json.loads(out.with_suffix(".json").read_text())


@pytest.fixture(scope="module")
def lapis(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay a small set out as LAPIS is published.

    The heading and the names of the lists are facts from its co-author's reader, LAPIS_PIAA_dataloader.py in
    lwchen6309/aesthetics_transfer_learning at commit 7271851a4c4d.
    """
    folder = tmp_path_factory.mktemp("LAPIS")
    make_pictures(folder / "images")
    for name in ("annotation", "imageset", "userset"):
        (folder / name).mkdir()
    with (folder / "annotation" / "LAPIS_individualratings_metaANDdemodata.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["image_id", "file", "style", "genre", "participant_id", "response", "age", "demo_gender"])
        for rater in range(RATERS):
            for place in range(IMAGES):
                value = round(100 * liking(rater, place))
                rows.writerow([place, f"art/{place}.jpg", "Cubism", "portrait", 100 + rater, value, 30, "female"])
    for part, start, end in (("Train", 0, 10), ("Val", 10, 12), ("Test", 12, 16)):
        places = [place * 5 % IMAGES for place in range(start, end)]
        (folder / "imageset" / f"{part}ImageSet.txt").write_text("".join(f"{place}.jpg\n" for place in places))
    (folder / "userset" / "TestUserIDs_Fold1.txt").write_text("104\n105\n")
    return folder


def test_the_parts_of_lapis_are_measured_each_by_itself(lapis: Path, tmp_path: Path, settings: LazySettings) -> None:
    settings.EMBEDDINGS_CACHE_DIR = lapis / "cache"
    printed, figures = evaluated(lapis, tmp_path / "out.csv")
    assert figures["predicted"] == RATERS * 6
    assert set(figures["parts"]) == {"val", "test"}
    assert figures["parts"]["test"]["pamela"]["srocc"]["value"] > 0.8
    with (tmp_path / "out.csv").open(newline="") as file:
        assert {row["image"] for row in csv.DictReader(file)} == {
            f"art/{place * 5 % IMAGES}.jpg" for place in range(10, 16)
        }
    assert "test\n" in printed


@pytest.mark.slow
def test_a_fold_keeps_its_raters_from_what_is_learned_and_measures_them_apart(
    lapis: Path, tmp_path: Path, settings: LazySettings
) -> None:
    settings.EMBEDDINGS_CACHE_DIR = lapis / "cache"
    _, figures = evaluated(lapis, tmp_path / "out.csv", "--fold", "1")
    assert set(figures["parts"]) == {
        "val, known raters", "val, new raters", "test, known raters", "test, new raters"
    }  # fmt: skip
    assert figures["parts"]["test, new raters"]["pamela"]["srocc"]["raters"] == 2
    with pytest.raises(CommandError, match="no new raters in fold 7"):
        evaluated(lapis, tmp_path / "other.csv", "--fold", "7")


@pytest.mark.parametrize("embedded", [True, False])
@pytest.mark.slow
def test_the_five_parts_of_pamela_are_read_and_a_broken_picture_is_named(
    tmp_path: Path,
    settings: LazySettings,
    embedded: bool,  # noqa: FBT001
) -> None:
    """The names of the parts are those of the card of bethgelab/PAMELA; shards are named as `push_to_hub` does.

    Its pictures lie in a folder, as in the authors' archive, or in every row of the shards.
    """
    settings.EMBEDDINGS_CACHE_DIR = tmp_path / "cache"
    folder = tmp_path / "PAMELA"
    make_pictures(folder / "images")
    (folder / "images" / "3.jpg").write_bytes((folder / "images" / "3.jpg").read_bytes()[:200])
    (folder / "data").mkdir()
    parts = {
        "pamela_train": [(rater, place) for rater in range(4) for place in range(10)],
        "pamela_val_seen": [(rater, place) for rater in range(4) for place in range(10, 12)],
        "pamela_val_unseen": [(4, place) for place in range(12)],
        "pamela_test_seen": [(rater, place) for rater in range(4) for place in range(12, 16)],
        "pamela_test_unseen": [(5, place) for place in range(16)],
    }
    for part, pairs in parts.items():
        rows = [
            {
                "participant_id": f"p{rater}",
                **(held(folder / "images" / f"{place}.jpg") if embedded else {"image_path": f"images/{place}.jpg"}),
                "original_score": round(1 + 4 * liking(rater, place)),
                "participant_metadata": {"age": 31, "gender": "male"},
                "image_metadata": {"group": "food", "style": None, "type": "Photorealism"},
            }
            for rater, place in pairs
        ]
        pq.write_table(pa.Table.from_pylist(rows), folder / "data" / f"{part}-00000-of-00001.parquet")
    if embedded:
        shutil.rmtree(folder / "images")
        folder /= "data"  # the folder of the shards may be named as well
    printed, figures = evaluated(folder, tmp_path / "out.csv")
    assert set(figures["parts"]) == set(parts) - {"pamela_train"}
    assert figures["predicted"] == 8 + 11 + 16 + 15
    assert "1 pictures cannot be read: " in printed
    assert "3.jpg'" in printed
    assert "6 ratings are of images without a readable picture" in printed
    assert list(figures["reported"]) == ["pamela_test_unseen"]
    row = next(line for line in printed.splitlines() if line.startswith("paper: predictor"))
    assert row.split()[2:5] == ["0.451", "0.472", "0.663"], "SROCC, PLCC and pairwise accuracy of arXiv 2604.07427"


def test_a_folder_that_is_no_published_set_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="none of the sets with published parts") as caught:
        call_command("evaluate", str(tmp_path), "--published", "--out", str(tmp_path / "out.csv"))
    assert caught.value.returncode == 2
    with pytest.raises(CommandError, match="goes with --published"):
        call_command("evaluate", str(tmp_path), "--split", "x", "--fold", "1", "--out", str(tmp_path / "out.csv"))
