"""Configuration of the AWS clients: short timeouts and few retries.

A call that hangs must not use up the time of its function: the shortest function timeout, 30 s, leaves room
for several calls with 3 tries of at most 3 s each. Calls to DynamoDB that fail at once are repeated more
often (`lambdas.application.dynamodb_retries`). By default boto3 waits 60 s for a response
(https://docs.aws.amazon.com/botocore/latest/reference/config.html).
"""

import boto3
from botocore.config import Config
from botocore.useragent import UserAgentString

MAX_TRIES = 3
CLIENT_CONFIG = Config(
    connect_timeout=2,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": MAX_TRIES},
    tcp_keepalive=True,
    # Services validate parameters themselves; validating them here as well would make each call 7 % slower.
    parameter_validation=False,
    # The same as boto3's, but built once: boto3 builds it twice per call, which takes a fifth of the call's
    # CPU time. It lacks the list of botocore features that a call uses, which AWS collects only for
    # statistics.
    user_agent=UserAgentString.from_environment()
    .set_session_config("Boto3", boto3.__version__, "")
    .to_string(),
)

# Reading 2 MB may take longer than reading an item. Path-style addresses need no wildcard DNS, and work on
# AWS, too.
S3_CLIENT_CONFIG = CLIENT_CONFIG.merge(Config(read_timeout=10, s3={"addressing_style": "path"}))
