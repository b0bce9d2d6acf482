"""What people upload: `store` keeps the files, `imports` takes them into the records in the background (pyarrow)."""
