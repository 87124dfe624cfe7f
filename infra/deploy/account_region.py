"""The account and region that a stage is deployed to."""

from dataclasses import dataclass

from infra.stages import StageSettings


@dataclass(frozen=True, kw_only=True)
class AccountRegion:
    """An account and a region in one of AWS's partitions."""

    account: str
    region: str
    partition: str
    """The region's partition, with which ARNs begin: `aws`, `aws-cn` or `aws-us-gov`."""

    def fill(self, text: str, settings: StageSettings) -> str:
        """Replace `{partition}`, `{region}`, `{account}`, `{stack}` and `{stage}` in an ARN."""
        return text.format(
            partition=self.partition,
            region=self.region,
            account=self.account,
            stack=settings.stack_name,
            stage=settings.name,
        )

    def boundary_arn(self, settings: StageSettings) -> str:
        """Return the ARN of the stage's permissions boundary."""
        return self.fill(
            f"arn:{{partition}}:iam::{{account}}:policy/{settings.permissions_boundary}", settings
        )
