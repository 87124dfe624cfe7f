"""DescribeAlarms with StateValue and another condition, of which LocalStack applies only one.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
"""

from typing import Any, cast

from localstack.aws.api.cloudwatch import DescribeAlarmsOutput


def describe_alarms(describe: Any, provider: Any, context: Any, **asked: Any) -> DescribeAlarmsOutput:
    """Wrap CloudwatchProvider.describe_alarms, to apply all of a request's conditions."""
    state = asked.pop("state_value", None)
    answer: Any = describe(provider, context, **asked)
    for kind in ("MetricAlarms", "CompositeAlarms"):
        answer[kind] = [each for each in answer.get(kind) or [] if state in (None, each["StateValue"])]
    return cast(DescribeAlarmsOutput, answer)
