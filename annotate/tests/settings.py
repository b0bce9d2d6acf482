"""Settings of a test run: a data folder, a database server and a broker of its own."""

import os
import tempfile

if "PAMELA_TEST_DATA_DIR" not in os.environ:  # the processes that the first one starts inherit it
    os.environ["PAMELA_TEST_DATA_DIR"] = tempfile.mkdtemp(prefix="pamela-test-")
    os.environ["PAMELA_TEST_OWNER"] = str(os.getpid())
os.environ["DATA_DIR"] = os.environ["PAMELA_TEST_DATA_DIR"]
os.environ.setdefault("ENROL_RATE", "100000/hour")
os.environ.setdefault("ENROL_PERSON_RATE", "100000/hour")
os.environ.setdefault("ENROL_STUDY_RATE", "100000/hour")
os.environ.setdefault("LOG_LEVEL", "WARNING")

from annotate.settings import *  # noqa: F403

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MIDDLEWARE.remove("annotate.static_files.StaticFilesMiddleware")  # noqa: F405 - nothing is collected for a test
