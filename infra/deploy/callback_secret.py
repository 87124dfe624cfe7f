"""The secret that signs a stage's callbacks: an SSM parameter that the stack does not manage.

CloudFormation cannot create a SecureString:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html

A deployment therefore creates it, encrypted with the stage's key:
https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html

After a rotation the parameter also holds the previous secret. A standard parameter costs nothing; a secret in
Secrets Manager costs $0.40 a month: https://aws.amazon.com/secrets-manager/pricing/
"""

import base64
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from infra.errors import DeploymentFailed, StackMissing
from infra.stack.encryption import KEY
from infra.stages import StageSettings
from lambdas.work.http.signature import SECRET_PREFIX

if TYPE_CHECKING:
    from types_boto3_ssm import SSMClient

_SECRET_BYTES = 32
_DENIED = frozenset({"AccessDenied", "AccessDeniedException"})
_KEPT = 2
"""Number of secrets to keep: the current one, and the former one, which receivers may still use."""


class CallbackSecret:
    """The secrets of a stage's callbacks, the current one first.

    Every method raises botocore's ClientError or BotoCoreError when AWS rejects the call or is unavailable.
    """

    def __init__(self, session: boto3.Session, settings: StageSettings) -> None:
        self._session = session
        self._stack_name = settings.stack_name
        self._name = settings.callback_secret_parameter

    @property
    def _ssm(self) -> "SSMClient":
        return self._session.client("ssm")

    def read(self) -> list[str]:
        """Return the valid secrets: the current one, then any former one; an empty list if there are none."""
        try:
            found = self._ssm.get_parameter(Name=self._name, WithDecryption=True)
        except self._ssm.exceptions.ParameterNotFound:
            return []
        return found["Parameter"]["Value"].split()

    def exists(self) -> bool:
        """Return whether there is a secret, without decrypting it."""
        try:
            self._ssm.get_parameter(Name=self._name)
        except self._ssm.exceptions.ParameterNotFound:
            return False
        return True

    def rotate(self) -> list[str]:
        """Add a new secret and return the valid ones: the new one first, then the former one.

        Raises:
            StackMissing: The stage is not deployed.
        """
        valid = [_new_secret(), *self.read()][:_KEPT]
        self._write(valid)
        return valid

    def ensure(self, notice: Callable[[str], None]) -> None:
        """Create the secret if there is none, and make sure that the stack's current key encrypts it.

        An existing secret is replaced by a new one only if its key can no longer be used. A page without
        parameters may be followed by others:
        https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html

        Args:
            notice: Called with one line if a secret can no longer be read and is replaced by a new one.

        Raises:
            DeploymentFailed: The secret may not be decrypted, and its key may still exist.
        """
        key_id = self._key_id()
        pages = self._ssm.get_paginator("describe_parameters").paginate(
            ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": [self._name]}]
        )
        described = [each for page in pages for each in page["Parameters"]]
        if not described:
            with suppress(self._ssm.exceptions.ParameterAlreadyExists):
                self._write([_new_secret()], overwrite=False)
        elif not described[0].get("KeyId", "").endswith(key_id):
            self._write(self._readable(notice))

    def _readable(self, notice: Callable[[str], None]) -> list[str]:
        """Return the valid secrets, or a new one if their key can no longer be used.

        Parameter Store answers InvalidKeyId for a key that is disabled, is to be deleted, or does not exist.
        For a deleted key KMS may also deny the access, as it does for a key that the caller may not use:
        https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
        https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
        """
        try:
            return self.read() or [_new_secret()]
        except self._ssm.exceptions.InvalidKeyId as error:
            notice(f"callbacks have a new secret; the former one cannot be decrypted any more: {error}")
            return [_new_secret()]
        except ClientError as error:
            if error.response["Error"]["Code"] not in _DENIED:
                raise
            raise DeploymentFailed(
                f"the callback secret cannot be read: {error}; if its key was deleted, delete the secret "
                f"(aws ssm delete-parameter --name {self._name}) and deploy again, which creates another one"
            ) from error

    def _write(self, valid: list[str], *, overwrite: bool = True) -> None:
        self._ssm.put_parameter(
            Name=self._name,
            Description="Signs callbacks: the current secret, and after a rotation the former one",
            Type="SecureString",
            KeyId=self._key_id(),
            Value=" ".join(valid),
            Overwrite=overwrite,
        )

    def _key_id(self) -> str:
        """Return the id of the stack's key."""
        client = self._session.client("cloudformation")
        try:
            found = client.describe_stack_resource(StackName=self._stack_name, LogicalResourceId=KEY)
        except ClientError as error:
            # "Stack 'faultline-dev' does not exist": CloudFormation has no code for it.
            if error.response["Error"]["Code"] == "ValidationError":
                raise StackMissing(f"{self._stack_name} is not deployed") from error
            raise
        return str(found["StackResourceDetail"]["PhysicalResourceId"])


def delete_secret(session: boto3.Session, parameter: str) -> None:
    """Delete the parameter with a stage's secrets, if there is one.

    Raises:
        ClientError, BotoCoreError: AWS rejects the call or is unavailable.
    """
    ssm = session.client("ssm")
    try:
        ssm.delete_parameter(Name=parameter)
    except ssm.exceptions.ParameterNotFound:
        return


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
