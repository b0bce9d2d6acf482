"""The published sets that can be imported: how each is read, on which scale, and where its files lie."""

from collections.abc import Callable
from pathlib import Path

from ratings.services.datasets.ava import read_ava
from ratings.services.datasets.label_studio import read_label_studio
from ratings.services.datasets.layouts import (
    EVA,
    FLICKR_AES,
    LAPIS,
    PAMELA,
    PARA,
    TIDY,
    Layout,
    layout_companions,
    read_layout,
)
from ratings.services.datasets.published import LAPIS_PARTS, PAMELA_PARTS, PARA_PARTS
from ratings.services.datasets.rows import Companions, Format, Reading, Rows


def in_layout(layout: Layout) -> Callable[[Path, Reading], Rows]:
    """Make a reader of a layout."""
    return lambda path, reading: read_layout(path, layout, reading)


def beside(layout: Layout) -> Callable[[Path], Companions]:
    """Make a reader of the tables beside a layout's ratings."""
    return lambda path: layout_companions(path, layout)


FORMATS: dict[str, Format] = {
    "tidy": Format(read=in_layout(TIDY), companions=beside(TIDY)),
    "para": Format(
        read=in_layout(PARA),
        companions=beside(PARA),
        scale=(1, 5),
        files=("annotation/PARA-Images", "PARA-Images"),
        images=("../imgs", "imgs", "images"),
        published=PARA_PARTS,
    ),
    "lapis": Format(
        read=in_layout(LAPIS),
        companions=beside(LAPIS),
        scale=(0, 100),
        files=(
            "annotation/LAPIS_individualratings_metaANDdemodata",
            "LAPIS_individualratings_metaANDdemodata",
            "annotation/LAPIS_PIAA",
            "LAPIS_PIAA",
        ),
        images=("../images", "images"),
        published=LAPIS_PARTS,
    ),
    "flickr-aes": Format(
        read=in_layout(FLICKR_AES),
        companions=beside(FLICKR_AES),
        scale=(1, 5),
        files=("FLICKR-AES_image_labeled_by_each_worker",),
        images=("40K", "images"),
        is_gappy=True,
    ),
    "eva": Format(
        read=in_layout(EVA),
        companions=beside(EVA),
        scale=(0, 10),
        files=("data/votes_filtered", "votes_filtered"),
        images=("../images/EVA_together", "../images", "images"),
    ),
    "ava": Format(read=read_ava, scale=(1, 10), files=("AVA",), images=("images", "image"), is_gappy=True),
    "pamela": Format(
        read=in_layout(PAMELA),
        companions=beside(PAMELA),
        scale=(1, 5),
        files=("annotations", "PAMELA/annotations", "data", "ratings"),
        images=("../images", "images"),
        published=PAMELA_PARTS,
    ),
    "label-studio": Format(read=read_label_studio, are_addresses=True, is_gappy=True),
}
