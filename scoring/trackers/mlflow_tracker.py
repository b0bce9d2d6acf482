"""Log a run to MLflow, by its own client: a server, or a database or folder that the client opens itself.

A run that is there already, by its label `pamela.key`, is written again, not added.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from scoring.trackers.facts import TrackedFacts, TrackerUnavailableError, reason_of

if TYPE_CHECKING:
    from mlflow import MlflowClient

KEY = "pamela.key"
MOST_FIGURES, MOST_WORDS = 500, 100  # that one call takes
LONGEST_SETTING, LONGEST_LABEL = 500, 5000
SECONDS, AGAIN = 20, 1  # of one request: a tracker that is away is asked again later

T = TypeVar("T")


def log_to_mlflow(facts: TrackedFacts, *, uri: str, experiment: str) -> str:
    """Write a run into an experiment, made unless it is there; give its address, blank where it has none."""
    client = mlflow_client(uri)
    from mlflow.exceptions import MlflowException  # after the client has found that it is installed

    try:
        place = experiment_id(client, experiment)
        run_id = own_run(client, facts, experiment_id=place)
        write_facts(client, facts, run_id=run_id)
    except (MlflowException, OSError) as error:
        raise TrackerUnavailableError(reason_of(error)) from error
    return address_of(uri, path=f"/#/experiments/{place}/runs/{run_id}")


def mlflow_client(uri: str) -> "MlflowClient":
    """Open a tracker; raise where the library is not there."""
    try:
        from mlflow import MlflowClient
        from mlflow import environment_variables as limits
        from mlflow.exceptions import MlflowException
    except ImportError as error:
        raise TrackerUnavailableError("mlflow-skinny is not installed: see requirements-tracking.txt.") from error
    for limit, value in (
        (limits.MLFLOW_HTTP_REQUEST_TIMEOUT, SECONDS),
        (limits.MLFLOW_HTTP_REQUEST_MAX_RETRIES, AGAIN),
    ):
        if not limit.is_set():
            limit.set(value)
    limits.MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT.set(value=True)  # it may hold a password
    try:
        return MlflowClient(tracking_uri=uri)
    except (MlflowException, OSError, ImportError) as error:
        raise TrackerUnavailableError(reason_of(error)) from error


def experiment_id(client: "MlflowClient", name: str) -> str:
    """Give the id of an experiment."""
    found = client.get_experiment_by_name(name)
    return str(found.experiment_id if found else client.create_experiment(name))


def own_run(client: "MlflowClient", facts: TrackedFacts, *, experiment_id: str) -> str:
    """Give the id of the run, made unless an earlier attempt made it."""
    known = client.search_runs([experiment_id], filter_string=f"tags.`{KEY}` = '{facts.key}'", max_results=1)
    if known:
        return str(known[0].info.run_id)
    made = client.create_run(
        experiment_id, start_time=milliseconds(facts.started_at), tags={KEY: facts.key}, run_name=facts.name
    )
    return str(made.info.run_id)


def write_facts(client: "MlflowClient", facts: TrackedFacts, *, run_id: str) -> None:
    """Write all that is known of a run, and end it."""
    from mlflow.entities import Metric, Param, RunTag

    ended = milliseconds(facts.ended_at)
    figures = [Metric(key=name, value=value, timestamp=ended, step=0) for name, value in facts.figures.items()]
    words = [Param(key=name, value=value[:LONGEST_SETTING]) for name, value in facts.settings.items()]
    labels = {f"pamela.{name}": value for name, value in facts.labels.items()}
    labels |= {"pamela.study": facts.study, "mlflow.note.content": facts.verdict}
    tags = [RunTag(key=name, value=value[:LONGEST_LABEL]) for name, value in labels.items() if value]
    for part in parts(words, size=MOST_WORDS):
        client.log_batch(run_id, params=part)
    for part in parts(figures, size=MOST_FIGURES):
        client.log_batch(run_id, metrics=part)
    client.log_batch(run_id, tags=tags)
    client.set_terminated(run_id, status="FINISHED" if facts.is_finished else "FAILED", end_time=ended)


def parts(rows: Sequence[T], *, size: int) -> Iterator[list[T]]:
    """Give rows so many at a time."""
    left = iter(rows)
    while part := list(islice(left, size)):
        yield part


def milliseconds(moment: datetime) -> int:
    """Give a moment as MLflow counts it."""
    return int(moment.timestamp() * 1000)


def address_of(uri: str, *, path: str) -> str:
    """Give the address of a page of a server, without a password that its own address may hold."""
    found = urlsplit(uri)
    if not found.scheme.startswith("http"):
        return ""
    host = found.netloc.rpartition("@")[2]
    return found._replace(netloc=host, path=found.path.rstrip("/"), query="", fragment="").geturl() + path
