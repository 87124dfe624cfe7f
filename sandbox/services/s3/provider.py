"""S3 with its files in the sandbox's own folder, and without a DNS query for S3's host name.

LocalStack keeps them in /tmp/localstack-s3-storage: another sandbox that deletes a bucket of the same name
deletes the folder. LocalStack also queries DNS once for its own name, s3.127.0.0.1 here, and may wait long
for a response without a network. `strace` showed no other query to the outside.
"""

from pathlib import Path

from localstack.services.plugins import Service, aws_provider


@aws_provider(api="s3", name="faultline")
def s3() -> Service:
    """Return LocalStack's provider with our corrections."""
    from localstack import config
    from localstack.services.s3.provider import S3Provider
    from localstack.services.s3.storage.ephemeral import EphemeralS3ObjectStore
    from localstack.utils.aws import aws_stack

    # "Does not resolve". Its old value is None, which Patch treats as a missing attribute.
    aws_stack.CACHE_S3_HOSTNAME_DNS_STATUS = False  # type: ignore[assignment]
    return Service.for_provider(S3Provider(EphemeralS3ObjectStore(str(Path(config.dirs.tmp, "s3")))))
