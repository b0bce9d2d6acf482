"""Where files are kept that every process has to see: folders on a disk, or objects in a bucket that speaks S3."""
