"""Read what people import: texts, tables and file names, each in one place; knows nothing of the records."""
