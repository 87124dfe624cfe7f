"""Alarms on what becomes of tasks: dead letters, failures, waiting, circuits."""

from infra.alarms.alarm import Alarm
from infra.alarms.signals import Expression, counted, of_dlq, of_task_queue
from infra.stages import StageSettings
from lambdas.telemetry.metrics import STATE, Metric


def task_alarms(settings: StageSettings) -> tuple[Alarm, ...]:
    """Those of a stage."""
    thresholds = settings.thresholds
    return (
        Alarm(
            name="dead-letters",
            meaning="A task, or a message that is none, was given up.",
            first="`faultline tasks --status DEAD_LETTERED` tells which, and the error of each.",
            watches=counted(settings, Metric.DEAD_LETTERS),
            at_least=1,
        ),
        Alarm(
            name="dead-letter-surge",
            meaning=f"{thresholds.dead_letter_surge} tasks or more were given up at about the same time: "
            "something that they share is broken.",
            first="`faultline dlq report --since 1h` tells what they have in common.",
            watches=counted(settings, Metric.DEAD_LETTERS),
            at_least=thresholds.dead_letter_surge,
            period=thresholds.window_seconds,
        ),
        Alarm(
            name="failure-rate",
            meaning=f"{thresholds.failed_percent} % of the attempts or more fail.",
            first="See which category and kind are retried on the dashboard `errors`.",
            watches=failed_percent(settings, of_at_least=thresholds.failed_of_attempts),
            at_least=thresholds.failed_percent,
            period=thresholds.window_seconds,
        ),
        Alarm(
            name="task-queue-age",
            meaning=f"A task's message is on the queue for {thresholds.task_age_seconds} s or longer.",
            first="See on the dashboard `performance` whether process_task runs, and as often as it may.",
            watches=of_task_queue(settings, "ApproximateAgeOfOldestMessage", "Maximum"),
            at_least=thresholds.task_age_seconds,
        ),
        Alarm(
            name="dead-letter-queue-age",
            meaning="Messages lie on the dead-letter queue: monitor_dlq does not take them, or cannot.",
            first="Read the log of monitor_dlq. Nothing is lost, and nothing on that queue is recorded yet.",
            watches=of_dlq(settings, "ApproximateAgeOfOldestMessage", "Maximum"),
            at_least=thresholds.dead_letter_age_seconds,
        ),
        Alarm(
            name="circuit-opened",
            meaning="A dependency kept failing and is left alone for a while; tasks that need it are parked.",
            first="`faultline circuits` tells which dependency, and its last error.",
            watches=counted(settings, Metric.CIRCUIT_STATE_CHANGES, **{STATE: "OPEN"}),
            at_least=1,
        ),
    )


def failed_percent(settings: StageSettings, *, of_at_least: int) -> Expression:
    """The share of attempts that failed, in percent; 0 where there were fewer than `of_at_least`.

    What has no data was not counted; without any attempt the share has none either.
    """
    return Expression(
        text=f"IF(attempts >= {of_at_least}, 100 * (FILL(retries, 0) + FILL(given_up, 0)) / attempts, 0)",
        metrics={
            "attempts": counted(settings, Metric.ATTEMPTS),
            "retries": counted(settings, Metric.RETRIES),
            "given_up": counted(settings, Metric.DEAD_LETTERS),
        },
    )
