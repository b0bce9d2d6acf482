"""Read what people hand in: texts, tables and file names, each in one place; knows nothing of the records."""
