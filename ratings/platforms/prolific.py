"""A small client of Prolific's API: what a study of ours asks of it, and nothing else.

Source of the protocol: docs.prolific.com, API reference, *Submissions* (list, retrieve, bulk approve), read in 2026;
the fields of a listed submission besides are those of `ListSubmission` in facebookresearch/Mephisto,
mephisto/abstractions/providers/prolific/api/data_models/submission.py, commit 48854eb.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

PAGE = 100
MOST_PAGES = 200
AWAITING, TIMED_OUT, RETURNED = "AWAITING REVIEW", "TIMED-OUT", "RETURNED"
UNDER_WAY = frozenset({"RESERVED", "ACTIVE"})


class ProlificError(Exception):
    """Prolific did not answer as it should; the text says what happened."""


@dataclass(frozen=True, kw_only=True)
class ProlificSubmission:
    """One person's take of a study there; its id is what links carry as SESSION_ID."""

    id: str
    participant: str
    status: str
    study: str = ""


@dataclass(frozen=True, kw_only=True)
class ProlificClient:
    """The calls, with the token of the researcher's account."""

    address: str  # such as https://api.prolific.com/api/v1
    token: str
    timeout_s: float = 10.0

    def submissions(self, *, study: str) -> list[ProlificSubmission]:
        """Give every submission of a study, page by page."""
        found: list[ProlificSubmission] = []
        for page in range(1, MOST_PAGES + 1):
            rows = self.call(f"submissions/?{urlencode({'study': study, 'page': page, 'page_size': PAGE})}")["results"]
            found += [submission_of(row) for row in rows]
            if len(rows) < PAGE:
                break
        return found

    def submission(self, *, submission: str) -> ProlificSubmission | None:
        """Give one submission; none where there is no such one."""
        try:
            return submission_of(self.call(f"submissions/{quote(submission, safe='')}/"))
        except ProlificError as error:
            if isinstance(error.__cause__, urllib.error.HTTPError) and error.__cause__.code in {400, 404}:
                return None
            raise

    def approve(self, *, submissions: Sequence[str]) -> None:
        """Approve submissions, which pays them; approving one twice there changes nothing more."""
        self.call("submissions/bulk-approve/", {"submission_ids": list(submissions)})

    def call(self, path: str, body: Any = None) -> Any:
        """Send one call, and give its decoded answer."""
        if urlsplit(self.address).scheme not in {"https", "http"}:
            raise ProlificError(f"The address of Prolific is no web address: {self.address}.")
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address.rstrip('/')}/{path}", data=data, headers=headers)  # noqa: S310 - see above
        try:
            with urllib.request.urlopen(request, timeout=self.timeout_s) as answer:  # noqa: S310 - see above
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            said = error.read(300).decode(errors="replace")
            raise ProlificError(
                f"Prolific answered {error.code} to {path.split('?', maxsplit=1)[0]}: {said}"
            ) from error
        except (OSError, ValueError) as error:
            raise ProlificError(f"Prolific does not answer: {error}") from error


def submission_of(row: Any) -> ProlificSubmission:
    """Read a submission; a list and a single one name the person differently."""
    try:
        person = row.get("participant_id") or row.get("participant") or ""
        status = str(row["status"]).upper().replace("_", " ")
        return ProlificSubmission(id=row["id"], participant=person, status=status, study=row.get("study_id") or "")
    except (AttributeError, KeyError) as error:
        raise ProlificError("Prolific answered with something that is no submission.") from error
