"""The schedule of release_tasks: a rule that starts it every minute.

A minute is a rule's shortest interval, so each run polls for most of a minute; in some stages only while a
task waits. A rule may, rarely, start a run twice, and a run may begin before the previous one ends; runs must
tolerate both:
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
"""

import json

from troposphere import GetAtt, Ref, Template
from troposphere.awslambda import Alias, EventInvokeConfig, Permission
from troposphere.events import RetryPolicy, Rule, Target

from infra.stages import StageSettings

_MAX_AGE_SECONDS = 60
"""Maximum age of a start, the lowest that AWS allows. After a minute, the next run has begun."""


def add_schedule(template: Template, settings: StageSettings, *, release: Alias) -> None:
    """Start release_tasks each minute with `{"forSeconds": release_loop_seconds, ...}`.

    EventBridge retries a start at most twice, within a minute, and Lambda does not repeat a failed run. By
    default EventBridge would retry for a day, and Lambda would repeat a failed run twice and keep a throttled
    one for six hours, all in parallel with the later runs:
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
                    Arn=Ref(release),
                    Input=json.dumps(
                        {
                            "forSeconds": settings.release_loop_seconds,
                            "untilIdle": settings.release_until_idle,
                        }
                    ),
                    RetryPolicy=RetryPolicy(
                        MaximumEventAgeInSeconds=_MAX_AGE_SECONDS, MaximumRetryAttempts=2
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
            FunctionName=release.FunctionName,
            Qualifier=release.Name,
            DependsOn=release.title,
            MaximumRetryAttempts=0,
            MaximumEventAgeInSeconds=_MAX_AGE_SECONDS,
        )
    )
