"""Bring ratings from elsewhere into the records: `import_ratings`."""

from ratings.services.datasets.formats import FORMATS
from ratings.services.datasets.load import import_ratings
from ratings.services.datasets.locations import Source, scale_of
from ratings.services.datasets.reports import DatasetReport
from ratings.services.datasets.rows import Differing, Reading

__all__ = ["FORMATS", "DatasetReport", "Differing", "Reading", "Source", "import_ratings", "scale_of"]
