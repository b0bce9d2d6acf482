"""Where static files go: compressed, and named after their content, imports between JavaScript modules included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Rewrite module imports too, so that every module is fetched once and may be cached for ever."""

    support_js_module_import_aggregation = True
