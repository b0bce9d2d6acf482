"""Write the images of an imported set: their names there, their pictures, and what the set says of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from ratings.models import Dataset, DatasetImage
from ratings.services.details import FACTS, complete_facts, facts_of
from ratings.services.ingest_sources import ImageDetails

IMAGES_AT_ONCE = 2000


@dataclass(kw_only=True)
class WrittenImages:
    """The numbers of a set's images by name, and what became of those that it had already."""

    keys: dict[str, int] = field(default_factory=dict)
    linked: int = 0
    completed: int = 0


def write_images(
    *, dataset: Dataset, images: Mapping[str, ImageDetails], pictures: Mapping[str, UUID], addresses: Mapping[str, str]
) -> WrittenImages:
    """Write the images that are new, complete those that are known, and link the pictures that are here."""
    written = WrittenImages()
    names = iter(sorted(images))
    while batch := list(islice(names, IMAGES_AT_ONCE)):
        known = {row.key: row for row in DatasetImage.objects.filter(dataset=dataset, key__in=batch)}
        made = DatasetImage.objects.bulk_create(
            DatasetImage(
                dataset=dataset,
                key=key,
                image_id=pictures.get(key),
                address=addresses.get(key, ""),
                **facts_of(images[key]),
            )
            for key in batch
            if key not in known
        )
        written.linked += sum(row.image_id is not None for row in made)
        update_images(known, images=images, pictures=pictures, written=written)
        claimed = [row for key, row in known.items() if not row.address and key in addresses]
        for row in claimed:
            row.address = addresses[row.key]
        DatasetImage.objects.bulk_update(claimed, ["address"])
        written.keys |= {row.key: row.pk for row in (*known.values(), *made)}
    return written


def update_images(
    known: Mapping[str, DatasetImage],
    *,
    images: Mapping[str, ImageDetails],
    pictures: Mapping[str, UUID],
    written: WrittenImages,
) -> None:
    """Complete and link images that a set has already."""
    completed = [row for key, row in known.items() if complete_facts(row=row, details=images[key])]
    linked = [row for key, row in known.items() if pictures.get(key, row.image_id) != row.image_id]
    for row in linked:
        row.image_id = pictures[row.key]
    DatasetImage.objects.bulk_update(completed, FACTS)
    DatasetImage.objects.bulk_update(linked, ["image"])
    written.completed += len(completed)
    written.linked += len(linked)
