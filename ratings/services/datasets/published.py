"""The parts in which a set was published: what its authors trained on, what they tested on, and which raters were new.

Sources of the names: LAPIS and PARA as their co-author's loaders read them (lwchen6309/aesthetics_transfer_learning,
LAPIS_PIAA_dataloader.py and PARA_PIAA_dataloader.py at commit 7271851a4c4d); PAMELA as its card on the Hugging Face hub
names its splits (bethgelab/PAMELA).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ratings.files.names import bare_name, normal_name
from ratings.files.table_files import cell_name, is_table, required_columns, table_lines
from ratings.files.text_files import text_lines

MOST_FOLDS = 20
Reported = Mapping[str, Mapping[str, Mapping[str, float]]]  # a paper says: part, model, metric, mean over raters
NAMES = ("imagename", "image", "file", "name")  # of the column of images, where a list of them is a table


@dataclass(frozen=True, kw_only=True)
class Published:
    """Where a set says which part a rating belongs to, seen from the set's folder, and how the parts are used."""

    train: str  # the part to learn from
    queries: tuple[str, ...]  # the parts to predict, each measured by itself
    image_lists: Mapping[str, str] = field(default_factory=dict)  # a part, and the file that lists its images
    part_names: tuple[str, ...] = ()  # parts that are files or folders of their own, by how their names begin
    rater_folds: str = ""  # the file that lists the new raters of a fold; {} stands for its number
    reported: Reported = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The part of each image, and the fold in which each rater is new."""

    by_image: Mapping[str, str] = field(default_factory=dict)
    fold_of: Mapping[str, int] = field(default_factory=dict)

    def part_of(self, image: str) -> str:
        """Give an image's part; blank where the set puts it into none."""
        return self.by_image.get(bare_name(normal_name(image)), "")


NO_PARTS = Parts()
LAPIS_PARTS = Published(
    train="train",
    queries=("val", "test"),
    image_lists={name: f"imageset/{name.title()}ImageSet.txt" for name in ("train", "val", "test")},
    rater_folds="userset/TestUserIDs_Fold{}.txt",
)
PARA_PARTS = Published(
    train="train",
    queries=("val", "test"),
    image_lists={  # images for validation are some of those for training: the later list counts
        "train": "annotation/PARA-GiaaTrain",
        "val": "validation_images.txt",
        "test": "annotation/PARA-GiaaTest",
    },
    rater_folds="userset/TestUserIDs_Fold{}.txt",
)
PAMELA_PARTS = Published(
    train="pamela_train",
    queries=("pamela_val_seen", "pamela_val_unseen", "pamela_test_seen", "pamela_test_unseen"),
    part_names=("pamela_train", "pamela_val_seen", "pamela_val_unseen", "pamela_test_seen", "pamela_test_unseen"),
    reported={  # arXiv 2604.07427: its predictor, and the best of the models of everybody's taste that it compares
        "pamela_test_unseen": {
            "paper: predictor": {"srocc": 0.4514, "plcc": 0.4722, "pairwise_accuracy": 0.6631},
            "paper: HPSv3": {"srocc": 0.4019, "pairwise_accuracy": 0.643},
        }
    },
)


def read_parts(*, ratings: Path, published: Published | None) -> Parts:
    """Read the lists of a set beside or above its file of ratings; none of them there is no parts."""
    if published is None:
        return NO_PARTS
    for root in (ratings.parent, ratings.parent.parent):
        by_image = {
            bare_name(normal_name(image)): part
            for part, name in published.image_lists.items()
            for image in listed(root / name)
        }
        if by_image:
            return Parts(by_image=by_image, fold_of=folds(root=root, published=published))
    return NO_PARTS


def folds(*, root: Path, published: Published) -> dict[str, int]:
    """Give the fold in which each rater is new."""
    if not published.rater_folds:
        return {}
    return {
        rater: fold for fold in range(1, MOST_FOLDS + 1) for rater in listed(root / published.rater_folds.format(fold))
    }


def listed(path: Path) -> Iterator[str]:
    """Give the names in a list, which is a text of one a line or a table; nothing where there is no such file."""
    found = next((one for one in (path, *sorted(path.parent.glob(f"{path.name}.*"))) if one.is_file()), None)
    if found is None:
        return
    if found.suffix != ".txt" and is_table(name=found.name):
        for line in required_columns(lines=table_lines(path=found), names={"name": NAMES}, source=found.name):
            yield cell_name(line.cells["name"]) or ""
        return
    with text_lines(found) as lines:
        yield from (name for line in lines if (name := line.strip()))


def part_of_file(path: Path, *, published: Published | None) -> str:
    """Give the part whose name a file, or a folder that it lies in, begins with: the longest such name."""
    names = sorted(published.part_names if published else (), key=len, reverse=True)
    return next((name for name in names for place in (path, *path.parents) if place.name.startswith(name)), "")
