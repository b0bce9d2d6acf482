"""Give the table of a study's participants, by which their platform pays them, and log that it was given."""

import csv
from collections.abc import Iterator
from typing import cast

from django.contrib.auth.models import User

from ratings.models import Study
from ratings.selectors.participants import Participant, participants
from ratings.services.audit import log_action


class Echo:
    """A file that hands back what is written."""

    def write(self, line: str) -> str:
        """Give the line."""
        return line


def export_participants(*, study: Study, actor: User) -> Iterator[str]:
    """Give the table line by line, as CSV; it names people by the ids of their platform."""
    log_action(action="export-participants", target=study.slug, actor=actor, participants=study.participations.count())
    return csv_lines(study)


def csv_lines(study: Study) -> Iterator[str]:
    """Write the heading, and a line for each who takes part."""
    writer = csv.writer(Echo())
    yield cast("str", writer.writerow(Participant.columns()))
    yield from (cast("str", writer.writerow(one.cells())) for one in participants(study=study))
