"""Location of a secret's value: `[secrets]` in `faultline.toml`."""

import re
from dataclasses import dataclass
from typing import Literal

from infra.project.toml_file import TomlFile

_SOURCE = re.compile(r"(?P<service>ssm|secretsmanager):(?P<name>[\w/.+=@-]+)")


@dataclass(frozen=True, kw_only=True)
class SecretSource:
    """A Systems Manager parameter or a Secrets Manager secret, by name.

    The name may contain `{stage}`.
    """

    service: Literal["ssm", "secretsmanager"]
    name: str

    def of_stage(self, stage: str) -> str:
        """Return the location for a stage in the form that functions receive: `ssm:/my/name`."""
        return f"{self.service}:{self.name.replace('{stage}', stage)}"


def source_of(file: TomlFile, name: str, value: object) -> SecretSource:
    """Read one line of `[secrets]`.

    Raises:
        InvalidProject: The line is invalid.
    """
    found = _SOURCE.fullmatch(value.replace("{stage}", "stage")) if isinstance(value, str) else None
    if not found or not re.fullmatch(r"\w+", name):
        raise file.refused(
            f"secret {name} must be a string such as ssm:/my/{{stage}}/key or secretsmanager:my-key",
            "secrets",
            name,
        )
    service, _, place = str(value).partition(":")
    return SecretSource(service="ssm" if service == "ssm" else "secretsmanager", name=place)
