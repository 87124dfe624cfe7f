"""The time by which a request must be answered."""

import time

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.router import APIGatewayRouter

GATEWAY_SECONDS = 29.0
"""Time for which API Gateway waits for a response; after that it answers with 504:
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""


def seconds_left(app: APIGatewayRestResolver | APIGatewayRouter) -> float:
    """Return the seconds in which a response still reaches the client.

    API Gateway counts from the request, and so includes the start of a new execution environment, which is
    not a part of the function's time:
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    """
    seconds: float = app.lambda_context.get_remaining_time_in_millis() / 1000
    requested = app.current_event["requestContext"].get("requestTimeEpoch")
    if requested is None:
        return seconds
    return min(seconds, float(requested) / 1000 + GATEWAY_SECONDS - time.time())
