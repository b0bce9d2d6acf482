"""Ask the API of a Kubernetes cluster for JobSets, as the service account of the pod that this process runs in.

Three calls over HTTPS; the official client would bring its whole API with it. The token is read for each call, since
the cluster replaces it within the hour.
"""

import logging
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
from tenacity import Retrying, before_sleep_log, retry_if_exception_type, stop_after_delay, wait_random_exponential

from scoring.exceptions import LaunchError

logger = logging.getLogger(__name__)

GROUP = "apis/jobset.x-k8s.io/v1alpha2"
SECONDS_TO_ANSWER = 30.0
LONGEST_WAIT = 10.0  # between two tries
NOT_FOUND, CONFLICT, TOO_MANY, SERVER_ERROR = 404, 409, 429, 500


class ClusterBusyError(Exception):
    """The API is away or overloaded: the same call may succeed soon."""


@dataclass(frozen=True, kw_only=True)
class ClusterApi:
    """Makes, reads and deletes JobSets; what passes is asked again, what will not pass is a `LaunchError`."""

    address: str
    account: Path  # folder with token, ca.crt and namespace
    patience: float = 180.0  # seconds in which an API that is away may come back

    def create(self, manifest: dict[str, Any]) -> bool:
        """Make a JobSet; tell whether there was none of its name, such as from a try whose answer was lost."""
        return self._call("POST", "", manifest).status_code != CONFLICT

    def find(self, name: str) -> dict[str, Any] | None:
        """Give a JobSet as it is now, or none where it is gone."""
        answer = self._call("GET", f"/{name}")
        return None if answer.status_code == NOT_FOUND else dict(answer.json())

    def delete(self, name: str) -> None:
        """Delete a JobSet with its pods; one that is gone already is no matter."""
        self._call("DELETE", f"/{name}", {"propagationPolicy": "Background"})

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        tries = Retrying(
            retry=retry_if_exception_type(ClusterBusyError),
            stop=stop_after_delay(self.patience),
            wait=wait_random_exponential(max=LONGEST_WAIT),
            before_sleep=before_sleep_log(logger, logging.WARNING),
            reraise=True,
        )
        try:
            return tries(self._send, method, path, body)
        except ClusterBusyError as error:
            raise LaunchError(f"The Kubernetes API does not answer: {error}") from error

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        """Send once; answers that say how things are come back, refusals and trouble are raised."""
        headers = {"Authorization": f"Bearer {self._read('token')}"}
        try:
            with httpx.Client(verify=self._trust(), timeout=SECONDS_TO_ANSWER, headers=headers) as client:
                url = f"{self.address}/{GROUP}/namespaces/{self._read('namespace')}/jobsets{path}"
                answer = client.request(method, url, json=body)
        except httpx.TransportError as error:
            raise ClusterBusyError(f"{self.address}: {error}") from error
        if answer.status_code >= SERVER_ERROR or answer.status_code == TOO_MANY:
            raise ClusterBusyError(f"{method} was answered with {answer.status_code}: {answer.text[:200]}")
        expected = {"POST": CONFLICT, "GET": NOT_FOUND, "DELETE": NOT_FOUND}[method]
        if answer.is_success or (answer.status_code == expected and (path or method == "POST")):
            return answer
        raise LaunchError(refusal(method, answer))

    def _trust(self) -> ssl.SSLContext:
        file = self.account / "ca.crt"
        return ssl.create_default_context(cafile=str(file) if file.exists() else None)

    def _read(self, name: str) -> str:
        try:
            return (self.account / name).read_text().strip()
        except OSError as error:
            raise LaunchError(
                f"KUBERNETES_ACCOUNT: there is no readable {name} in {self.account}: "
                "the pod needs the token of a service account."
            ) from error


def refusal(method: str, answer: httpx.Response) -> str:
    """Say what the API refused, in its own words, and what usually helps."""
    hints = {
        401: "the service account's token is not known to this cluster",
        403: "the service account needs a role that may create, get and delete jobsets",
        404: "the cluster knows no JobSets: install its controller",
    }
    try:
        said = str(answer.json()["message"])
    except (ValueError, LookupError, TypeError):
        said = answer.text[:200]
    hint = hints.get(answer.status_code, "look at the description of the JobSet")
    return f"Kubernetes refuses to {method} the JobSet ({answer.status_code}): {said}; {hint}."
