"""The SSM parameter for simulated failures: the share of attempts that fail, which can be changed live."""

from troposphere import Template
from troposphere.ssm import Parameter

from infra.stages import StageSettings


def add_failure_rate(template: Template, settings: StageSettings) -> Parameter | None:
    """Add the parameter in stages that simulate failures; return None in the others.

    CloudFormation writes a parameter only when its value in the template changes, so a redeployment keeps the
    value that an operator has set.
    """
    if settings.failure_rate_parameter is None:
        return None
    return template.add_resource(
        Parameter(
            "FailureRate",
            Name=settings.failure_rate_parameter,
            Type="String",
            Value=f"{settings.failure_rate:g}",
            AllowedPattern=r"^(0(\.\d+)?|1(\.0+)?)$",
            Description="Share of attempts that fail at random, from 0 to 1",
        )
    )
