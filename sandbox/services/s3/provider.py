"""S3 with its files in the sandbox's own folder, and without DNS.

LocalStack 4.14.0 keeps them in /tmp/localstack-s3-storage: another sandbox, or another user's, that deletes
a bucket of the same name takes the folder away. And once it asks DNS for its own name, s3.127.0.0.1 here:
the only question to the outside that strace showed, and one that may wait long for an answer on a train.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from pathlib import Path

from localstack.services.plugins import Service, aws_provider


@aws_provider(api="s3", name="private")
def s3() -> Service:
    """The provider that PROVIDER_OVERRIDE_S3=private selects."""
    from localstack import config
    from localstack.services.s3.provider import S3Provider
    from localstack.services.s3.storage.ephemeral import EphemeralS3ObjectStore
    from localstack.utils.aws import aws_stack

    vars(aws_stack).update(CACHE_S3_HOSTNAME_DNS_STATUS=False)  # "does not resolve"
    return Service.for_provider(S3Provider(EphemeralS3ObjectStore(str(Path(config.dirs.tmp, "s3")))))
