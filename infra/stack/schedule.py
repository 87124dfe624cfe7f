"""What starts release_tasks: a rule, each minute.

A minute is a rule's finest interval, so each run goes on looking for most of one. A rule may, rarely, start
a run twice, and one may begin while another still works; runs must not mind:
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
"""

import json

from troposphere import GetAtt, Ref, Template
from troposphere.awslambda import EventInvokeConfig, Function, Permission
from troposphere.events import RetryPolicy, Rule, Target

from infra.stages import StageSettings

_NOT_LATER_SECONDS = 60
"""What could not be started within a minute need not be: the next run has begun. AWS takes no less."""


def add_schedule(template: Template, settings: StageSettings, *, release: Function) -> None:
    """Start release_tasks each minute with `{"forSeconds": release_loop_seconds}`, and let it fail once only.

    EventBridge would try for a day to hand a run over, and Lambda would run a failed one twice more and keep
    one that it has no room for for six hours, each of them beside the runs of the minutes after:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
    """
    rule = template.add_resource(
        Rule(
            "ReleaseSchedule",
            Name=f"{settings.stack_name}-release",
            Description="Releases the tasks that wait, each minute",
            ScheduleExpression="rate(1 minute)",
            State="ENABLED",
            Targets=[
                Target(
                    Id="release-tasks",
                    Arn=GetAtt(release, "Arn"),
                    Input=json.dumps({"forSeconds": settings.release_loop_seconds}),
                    RetryPolicy=RetryPolicy(
                        MaximumEventAgeInSeconds=_NOT_LATER_SECONDS, MaximumRetryAttempts=2
                    ),
                )
            ],
        )
    )
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    template.add_resource(
        Permission(
            "ScheduleMayReleaseTasks",
            Action="lambda:InvokeFunction",
            FunctionName=Ref(release),
            Principal="events.amazonaws.com",
            SourceArn=GetAtt(rule, "Arn"),
        )
    )
    template.add_resource(
        EventInvokeConfig(
            "ReleaseTasksRetries",
            FunctionName=Ref(release),
            Qualifier="$LATEST",
            MaximumRetryAttempts=0,
            MaximumEventAgeInSeconds=_NOT_LATER_SECONDS,
        )
    )
