"""What every page and call of a preview begins with: staff alone gets in, and the database lets nothing be written."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.http import HttpRequest


def member_of_staff(request: HttpRequest) -> User | None:
    """Give the member of staff who is signed in; none for anybody else."""
    person: object = request.user
    return person if isinstance(person, User) and person.is_active and person.is_staff else None


@contextmanager
def reading_only() -> Iterator[None]:
    """Let the database refuse every write within, so that one by mistake is an error and never a row."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield
