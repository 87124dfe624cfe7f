"""Alarms on tasks: dead letters, failures, waiting times, circuits."""

from infra.alarms.alarm import Alarm
from infra.alarms.signals import Expression, counted, of_dlq, of_task_queue
from infra.stages import StageSettings
from lambdas.domain.task import MAX_TRIPS
from lambdas.telemetry.metrics import STATE, Metric


def task_alarms(settings: StageSettings) -> tuple[Alarm, ...]:
    """Return the alarms on a stage's tasks."""
    thresholds = settings.thresholds
    return (
        Alarm(
            name="dead-letters",
            meaning="A task, or a message that is not a task, was dead-lettered.",
            first="`faultline tasks --status DEAD_LETTERED` lists the dead letters with their errors.",
            watches=counted(settings, Metric.DEAD_LETTERS),
            at_least=1,
        ),
        Alarm(
            name="dead-letter-surge",
            meaning=f"At least {thresholds.dead_letter_surge} tasks were dead-lettered at the same time, "
            "which suggests a common cause.",
            first="`faultline dlq report --since 1h` shows what they have in common.",
            watches=counted(settings, Metric.DEAD_LETTERS),
            at_least=thresholds.dead_letter_surge,
            period=thresholds.window_seconds,
        ),
        Alarm(
            name="failure-rate",
            meaning=f"At least {thresholds.failed_percent} % of the attempts fail.",
            first="`faultline dashboard errors` shows which category of error and which kind cause retries.",
            watches=failed_percent(settings, of_at_least=thresholds.failed_of_attempts),
            at_least=thresholds.failed_percent,
            period=thresholds.window_seconds,
        ),
        Alarm(
            name="task-queue-age",
            meaning=f"A task's message has been on the queue for {thresholds.task_age_seconds} s or longer.",
            first="`faultline dashboard performance` shows whether process_task runs, and its concurrency.",
            watches=of_task_queue(settings, "ApproximateAgeOfOldestMessage", "Maximum"),
            at_least=thresholds.task_age_seconds,
        ),
        # A FIFO queue delivers nothing while 120,000 messages are in flight, and reports no error:
        # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-fifo.html
        Alarm(
            name="messages-in-flight",
            meaning=f"At least {thresholds.in_flight} messages of the task queue are in flight. At 120,000 "
            "SQS delivers no more, and all work stops.",
            first="`faultline dashboard errors` shows which kind is retried, and why.",
            watches=of_task_queue(settings, "ApproximateNumberOfMessagesNotVisible", "Maximum"),
            at_least=thresholds.in_flight,
        ),
        Alarm(
            name="release-lag",
            meaning="More tasks are due than release_tasks can release, and the oldest is at least "
            f"{thresholds.release_lag_seconds} s late.",
            first="Check which tasks are due at the same time, and whether release_tasks is slow.",
            watches=counted(settings, Metric.RELEASE_LAG, "Maximum"),
            at_least=thresholds.release_lag_seconds,
        ),
        # process_task may be started by its own messages more than 16 times, where Lambda would stop a loop:
        # https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
        Alarm(
            name="round-trips",
            meaning=f"A task has been released at least {thresholds.round_trips} times and has not ended. "
            f"After {MAX_TRIPS} releases it is given up.",
            first="`faultline circuits` shows whether a dependency never recovers.",
            watches=counted(settings, Metric.ROUND_TRIPS, "Maximum"),
            at_least=thresholds.round_trips,
            period=thresholds.window_seconds,
        ),
        Alarm(
            name="dead-letter-queue-age",
            meaning="Messages stay on the dead-letter queue: monitor_dlq does not run, or fails.",
            first="Read the log of monitor_dlq. No message is lost; those on the queue are not recorded yet.",
            watches=of_dlq(settings, "ApproximateAgeOfOldestMessage", "Maximum"),
            at_least=thresholds.dead_letter_age_seconds,
        ),
        Alarm(
            name="circuit-opened",
            meaning="A dependency kept failing and is not called for a while. Tasks that need it are parked.",
            first="`faultline circuits` shows the dependency and its last error.",
            watches=counted(settings, Metric.CIRCUIT_STATE_CHANGES, **{STATE: "OPEN"}),
            at_least=1,
        ),
    )


def failed_percent(settings: StageSettings, *, of_at_least: int) -> Expression:
    """Return metric math for the percentage of failed attempts; 0 for fewer attempts than `of_at_least`.

    Retries and dead letters without data count as 0; without any attempt, the result has no data either.
    """
    return Expression(
        text=f"IF(attempts >= {of_at_least}, 100 * (FILL(retries, 0) + FILL(given_up, 0)) / attempts, 0)",
        metrics={
            "attempts": counted(settings, Metric.ATTEMPTS),
            "retries": counted(settings, Metric.RETRIES),
            "given_up": counted(settings, Metric.DEAD_LETTERS),
        },
    )
