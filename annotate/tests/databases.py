"""The tests' database, for processes that tests start."""

from urllib.parse import quote

from django.db import connection


def address_of_test_database() -> str:
    """Give the address of the database that this test's rows are in."""
    settings = connection.settings_dict
    host = settings["HOST"] or "localhost"
    if not host.startswith("/"):
        host = f"{host}:{settings['PORT'] or 5432}"
    user = quote(settings["USER"] or "", safe="")
    password = f":{quote(settings['PASSWORD'], safe='')}" if settings["PASSWORD"] else ""
    place = quote(host, safe="" if host.startswith("/") else ":")
    return f"postgres://{user}{password}@{place}/{settings['NAME']}"
