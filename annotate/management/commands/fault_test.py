"""Kill web, workers, broker and database under load, and count that nothing was lost."""

from annotate.benchmarks.faults import PARTS
from annotate.benchmarks.trial_command import TrialCommand


class Command(TrialCommand):
    """Load with faults."""

    help = "Start a service in a folder of its own, kill its parts while raters are at work, then audit the records."
    default_parts = tuple(PARTS)
