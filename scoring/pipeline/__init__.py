"""Between the records and the model code, on the worker only: rows to arrays, arrays to rows."""
