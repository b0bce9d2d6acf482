"""A backup as one folder: a dump of the database, the files, and an inventory that what is restored must equal."""
