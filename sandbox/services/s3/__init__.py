"""S3: files in the sandbox's own folder."""
