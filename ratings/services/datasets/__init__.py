"""Bring ratings from elsewhere into the records: `import_ratings`."""

from ratings.services.datasets.layouts import FORMATS
from ratings.services.datasets.load import DatasetReport, Source, import_ratings

__all__ = ["FORMATS", "DatasetReport", "Source", "import_ratings"]
