"""The usage plan: the limits of each API key of a stage.

The keys themselves are not part of the stack, whose template and events would reveal them; `faultline keys`
creates them.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from troposphere import Ref, Tags, Template
from troposphere.apigateway import ApiStage, QuotaSettings, RestApi, Stage, ThrottleSettings, UsagePlan

from infra.stage_names import STACK_TAG
from infra.stages import StageSettings

USAGE_PLAN = "UsagePlan"
"""The plan's logical id, by which the commands find the plan to add keys to."""


def add_usage_plan(template: Template, settings: StageSettings, api: RestApi, stage: Stage) -> None:
    """Add the plan in stages that authenticate clients by API keys."""
    if settings.authentication != "api-key":
        return
    limits = settings.key_limits
    template.add_resource(
        UsagePlan(
            USAGE_PLAN,
            UsagePlanName=settings.stack_name,
            Tags=Tags({STACK_TAG: settings.stack_name}),
            ApiStages=[ApiStage(ApiId=Ref(api), Stage=Ref(stage))],
            Throttle=ThrottleSettings(RateLimit=limits.rate, BurstLimit=limits.burst),
            Quota=QuotaSettings(Limit=limits.per_day, Period="DAY"),
        )
    )
