"""One logger for a function: JSON lines with the function's service name, stage and correlation id."""

import os

from aws_lambda_powertools import Logger

logger = Logger(stage=os.environ.get("STAGE", "local"))
