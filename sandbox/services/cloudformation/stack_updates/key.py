"""AWS::KMS::Key: its policy, description and rotation.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html
"""

import json
from typing import Any

from localstack.services.cloudformation.resource_provider import ProgressEvent
from localstack.services.kms.resource_providers.aws_kms_key import KMSKeyProvider
from localstack.utils.patch import Patch

from sandbox.services.cloudformation.stack_updates.changes import changed, done, refuse


def correct() -> None:
    """LocalStack has no update."""
    Patch.function(KMSKeyProvider.update, _update).apply()


def _update(_: Any, provider: KMSKeyProvider, request: Any) -> ProgressEvent[Any]:
    changes = changed(provider, request)
    refuse(changes - {"Description", "EnableKeyRotation", "KeyPolicy"})
    kms, key, after = request.aws_client_factory.kms, request.previous_state["KeyId"], request.desired_state
    if "KeyPolicy" in changes:
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(after["KeyPolicy"]))
    if "Description" in changes:
        kms.update_key_description(KeyId=key, Description=after.get("Description", ""))
    if "EnableKeyRotation" in changes:
        rotates = str(after.get("EnableKeyRotation")).lower() == "true"
        (kms.enable_key_rotation if rotates else kms.disable_key_rotation)(KeyId=key)
    return done(provider, request)
