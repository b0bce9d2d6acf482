"""The admin of the records: what researchers and admins see and do."""

from ratings.admin import (
    assignments,
    audit,
    datasets,
    deliveries,
    dumps,
    images,
    pairs,
    people,
    quality,
    raters,
    studies,
)

__all__ = [
    "assignments",
    "audit",
    "datasets",
    "deliveries",
    "dumps",
    "images",
    "pairs",
    "people",
    "quality",
    "raters",
    "studies",
]
