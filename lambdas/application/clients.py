"""Configuration of the AWS clients: short timeouts and few retries.

A call that hangs must not use up its function's time: 3 tries of at most 3 seconds each fit several
times into the shortest timeout (30 s). By default boto3 waits 60 s for one answer
(https://docs.aws.amazon.com/botocore/latest/reference/config.html).
"""

import boto3
from botocore.config import Config
from botocore.useragent import UserAgentString

CLIENT_CONFIG = Config(
    connect_timeout=2,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    tcp_keepalive=True,
    # The service checks the parameters itself and says what is wrong; to check them here as well makes each
    # call take 7 % longer.
    parameter_validation=False,
    # The same as boto3's, but built once: boto3 builds it twice for each call, a fifth of the call's CPU
    # time. It does not list the features of botocore that a call uses, which AWS only counts.
    user_agent=UserAgentString.from_environment()
    .set_session_config("Boto3", boto3.__version__, "")
    .to_string(),
)

# 2 MB may take longer than an item. A bucket's name in the path works without wildcard DNS, and on AWS too.
S3_CLIENT_CONFIG = CLIENT_CONFIG.merge(Config(read_timeout=10, s3={"addressing_style": "path"}))
