"""Let many raters at a fresh service at once, and count that nothing was lost."""

from annotate.benchmarks.trial_command import TrialCommand


class Command(TrialCommand):
    """Load without faults."""

    help = "Start a service in a folder of its own, let many raters at it at once, then audit the records."
    default_parts = ()
