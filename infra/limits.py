"""Types of settings that AWS limits."""

from typing import Annotated, Literal

from pydantic import Field

type LogRetention = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]
"""The numbers of days that CloudWatch Logs supports:
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""

MAX_FUNCTION_SECONDS = 900
"""Longest time that a function, and thus an attempt, may take:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

type FunctionTimeout = Annotated[int, Field(ge=1, le=MAX_FUNCTION_SECONDS)]
type FunctionMemory = Annotated[int, Field(ge=128, le=10_240)]

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
type VisibilityTimeout = Annotated[int, Field(ge=0, le=43_200)]
