"""`run` shows the administrator's password when it makes it, and never again: what is printed stays in logs."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User

from annotate.management.commands.run import ensure_admin

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Start in an empty data folder, with no password named."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("ADMIN_PASSWORD", raising=False)
    return tmp_path


def test_a_password_that_was_made_is_shown_once_and_later_where_it_is_kept(folder: Path) -> None:
    shown = ensure_admin()
    kept = folder / "secrets" / "admin_password"
    assert kept.read_text() in shown
    assert User.objects.get(username="admin").check_password(kept.read_text())
    assert ensure_admin() == f"password in {kept}"


def test_a_password_that_was_changed_or_given_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_admin()
    user = User.objects.get(username="admin")
    user.set_password("changed in the admin")
    user.save()
    assert ensure_admin() == "the password you gave it"
    User.objects.all().delete()
    monkeypatch.setenv("ADMIN_PASSWORD", "given-by-the-environment")
    assert ensure_admin() == "the password you gave it"
    assert User.objects.get(username="admin").check_password("given-by-the-environment")
