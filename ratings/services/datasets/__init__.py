"""Bring ratings from elsewhere into the records: `import_ratings`."""

from ratings.services.datasets.formats import FORMATS
from ratings.services.datasets.load import DatasetReport, import_ratings
from ratings.services.datasets.places import Source, scale_of

__all__ = ["FORMATS", "DatasetReport", "Source", "import_ratings", "scale_of"]
