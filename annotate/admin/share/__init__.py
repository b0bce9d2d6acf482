"""The admin of files that come in and go out: dumps, uploads, datasets."""
