"""The CloudFormation template of a stage's stack."""

from math import ceil

from troposphere import Output, Ref, Template

from infra.alarms.stack import add_alarms
from infra.api.gateway_document import api_document
from infra.api.openapi import Resolvers
from infra.api.rest_api import add_api, routes
from infra.dashboards.stack import add_dashboards
from infra.errors import InvalidStage
from infra.project.stage_settings import place_of
from infra.stack.alerts import add_alerts
from infra.stack.bucket import add_bucket
from infra.stack.circuits import add_circuits
from infra.stack.encryption import add_key
from infra.stack.event_sources import add_sources
from infra.stack.functions import (
    CodeLocation,
    add_function,
    add_log_group,
    function_specs,
    shared_environment,
)
from infra.stack.kinds_record import kinds_record
from infra.stack.queues import add_queues
from infra.stack.roles import permissions
from infra.stack.schedule import add_schedule
from infra.stack.simulation import add_failure_rate
from infra.stack.table import add_table
from infra.stages import StageSettings
from lambdas.work.kinds import BUILT_IN, KINDS
from lambdas.work.registry import MARGIN_SECONDS, Registry

_BUILT_IN = frozenset(kind.name for kind in BUILT_IN)


def template(
    settings: StageSettings, code: CodeLocation, apis: Resolvers, kinds: Registry = KINDS
) -> Template:
    """Build the template of a stage.

    The stack's outputs are ApiUrl, TaskQueueUrl, TaskDlqUrl, TaskTableName, AlertTopicArn and DashboardNames.

    Args:
        settings: The stage.
        code: Location of the functions' artifact.
        apis: The resolvers whose routes the API serves.
        kinds: The kinds of work to record and to show on the dashboards; they must suit the queue and
            process_task.

    Raises:
        InvalidApi: The handlers' OpenAPI cannot be expressed for API Gateway.
        InvalidStage: A kind of work has more attempts than the queue delivers, or takes longer than its
            function.
    """
    _check_kinds(settings, kinds)
    stack = Template(
        Description=f"Faultline, stage {settings.name}: fault-tolerant task processing",
        Metadata=kinds_record(settings, kinds),
    )
    add_key(stack, settings)
    queues = add_queues(stack, settings)
    table = add_table(stack, settings)
    bucket = add_bucket(stack, settings)
    circuits = add_circuits(stack, settings)
    alerts = add_alerts(stack, settings)
    add_failure_rate(stack, settings)

    log_group = add_log_group(stack, settings)
    allowed = permissions(settings, table, bucket, circuits, queues, alerts)
    specs = function_specs(settings, alerts, circuits)
    functions = {
        spec.name: add_function(
            stack,
            settings,
            spec,
            environment=shared_environment(settings, spec.name, queues, table, bucket)
            | dict(spec.environment),
            permissions=allowed[spec.name],
            log_group=log_group,
            code=code,
        )
        for spec in specs
    }
    add_sources(
        stack,
        settings,
        queues,
        process=functions["process_task"],
        monitor=functions["monitor_dlq"],
    )
    add_schedule(stack, settings, release=functions["release_tasks"])
    api_url = add_api(
        stack,
        settings,
        api_document=api_document(settings, apis),
        routes=routes(apis),
        functions=functions,
    )
    alarms = add_alarms(stack, settings, specs, alerts)
    dashboard_names = add_dashboards(stack, settings, kinds, alarms)
    stack.add_output(
        [
            api_url,
            Output("TaskQueueUrl", Value=Ref(queues.tasks)),
            Output("TaskDlqUrl", Value=Ref(queues.dlq)),
            Output("TaskTableName", Value=Ref(table)),
            Output("AlertTopicArn", Value=Ref(alerts)),
            dashboard_names,
        ]
    )
    return stack


def _check_kinds(settings: StageSettings, kinds: Registry) -> None:
    for kind in kinds:
        if kind.maximum_attempts > settings.max_receive_count:
            raise InvalidStage(
                f"stage {settings.name}: {kind.name} has maximum_attempts={kind.maximum_attempts}, but "
                f"the stage's max_receive_count is {settings.max_receive_count}: raise max_receive_count, "
                "or lower maximum_attempts"
            )
        # Twice the margin: to begin, and to record the outcome.
        needed = ceil(kind.timeout + 2 * MARGIN_SECONDS)
        # Faultline's own tests run the built-in kinds in stage `test`, whose timeouts are short on purpose.
        is_exempt = settings.name == "test" and kind.name in _BUILT_IN
        if needed > settings.process_timeout_seconds and not is_exempt:
            raise InvalidStage(
                f"stage {settings.name}: {kind.name} may take {kind.timeout:g} s, so process_timeout_seconds "
                f"and visibility_timeout_seconds must be at least {needed} and are "
                f"{settings.process_timeout_seconds} and {settings.visibility_timeout_seconds}; "
                f"raise them in {place_of(settings)}, or lower the timeout of {kind.name}"
            )
