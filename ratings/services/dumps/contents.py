"""What a design says of its dumps: which answers, in which columns, and how they were collected."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ratings.services.dumps.schema import Column
from ratings.values.scales import NamedScale

Tables = Callable[..., Iterator[pa.Table]]
Contents = Callable[[Mapping[str, Any], Mapping[str, int]], str]  # (facts of the study, rows by table)


@dataclass(frozen=True, kw_only=True)
class DesignDump:
    """The tables of a design's dumps, and the words of their data card."""

    columns: Callable[[Sequence[NamedScale]], tuple[Column, ...]]  # (scales of the study) -> of the answers
    unfit_filters: tuple[str, ...]  # that nothing in such a study could match
    dumped_answers: Callable[..., Any]  # (study, filters) -> the query set of answers
    answer_tables: Tables  # (source, study, answers, people, tally)
    image_tables: Tables  # (source, study)
    collected: str  # how the answers came about
    contents: Contents
