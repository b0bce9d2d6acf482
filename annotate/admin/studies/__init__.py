"""The admin of studies: their page, uploads, quality and selection."""
