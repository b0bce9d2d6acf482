"""Kill every part under load, one by one and all at once, or do other harm, and count that nothing was lost."""

from annotate.benchmarks.faults import PARTS, SUPERVISOR
from annotate.benchmarks.trial_command import TrialCommand


class Command(TrialCommand):
    """Load with faults."""

    help = (
        "Run the load test while each part, all at once and the supervisor are killed with `kill -9`, then audit the "
        "records. --kill also names what lasts: `connections` (the database has none left), `disk` (full while dumps, "
        "training and imports are asked for; as root), `clock` (jumps two hours ahead and back), `broker-away`."
    )
    default_parts = (*PARTS, SUPERVISOR)
