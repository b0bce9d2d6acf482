"""Kill reward server, web, workers, broker and database under load, and count that nothing was lost."""

from annotate.benchmarks.faults import PARTS
from annotate.benchmarks.trial_command import TrialCommand


class Command(TrialCommand):
    """Load with faults."""

    help = (
        "Run the load test while reward server, web, workers, broker and database are killed with `kill -9`, then "
        "audit the records."
    )
    default_parts = tuple(PARTS)
