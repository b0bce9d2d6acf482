"""Let many raters at a fresh service at once, and count that nothing was lost."""

from annotate.benchmarks.trial_command import TrialCommand


class Command(TrialCommand):
    """Load without faults."""

    help = (
        "Let many raters rate at once in a service of its own, then audit the records: nothing lost, doubled, over "
        "target or stranded. Prints how long calls take, and how long until a rating is in the taste and the queue is "
        "full again."
    )
    default_parts = ()
