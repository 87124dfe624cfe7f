"""How the functions talk to AWS: soon given up, and repeated a little.

A call that hangs must not use up its function's time: 3 tries of at most 3 seconds each fit several
times into the shortest timeout (30 s). boto3 alone would wait 60 s for one answer
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
    # The service checks what it is sent, and says what is wrong with it; checked here first, each call
    # takes 7 % longer.
    parameter_validation=False,
    # boto3's own, made once: it would be made twice for each call, which is a fifth of what the call costs.
    # It lacks the features of botocore that a call uses, by which AWS counts them.
    user_agent=UserAgentString.from_environment()
    .set_session_config("Boto3", boto3.__version__, "")
    .to_string(),
)
