"""Methods with IAM authorization are for those whose policies allow them, who prove it by a signature.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
"""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import requests
from requests import PreparedRequest

from faultline.client.authentication import Signing
from sandbox.process.state_file import Sandbox

STAGE = "test"
METHOD: dict[str, Any] = {
    "responses": {"200": {"description": "done"}},
    "security": [{"signed": []}],
    "x-amazon-apigateway-integration": {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200"}},
    },
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "signed", "version": "1"},
    "paths": {
        "/pets": {"get": METHOD, "post": METHOD},
        "/pets/{name}": {"get": METHOD},
        "/open": {"get": {**METHOD, "security": []}},
    },
    "components": {
        "securitySchemes": {
            "signed": {
                "type": "apiKey",
                "name": "Authorization",
                "in": "header",
                "x-amazon-apigateway-authtype": "awsSigv4",
            }
        }
    },
}


class Api:
    """An API that takes signed requests."""

    def __init__(self, client: Callable[[str], Any], endpoint: str) -> None:
        gateway = client("apigateway")
        self.id = gateway.import_rest_api(body=json.dumps(DOCUMENT))["id"]
        gateway.create_deployment(restApiId=self.id, stageName=STAGE)
        self._url = f"{endpoint}/_aws/execute-api/{self.id}/{STAGE}"

    def call(self, method: str, path: str, auth: Any = None, **options: Any) -> tuple[int, str]:
        """The status, and the kind of the error."""
        answer = requests.request(method, self._url + path, auth=auth, timeout=10, **options)
        return answer.status_code, answer.headers.get("x-amzn-ErrorType", "")


@pytest.fixture(scope="module")
def api(client: Callable[[str], Any], sandbox: Sandbox) -> Iterator[Api]:
    made = Api(client, sandbox.endpoint_url)
    yield made
    client("apigateway").delete_rest_api(restApiId=made.id)


OK = (200, "")
MISSING = (403, "MissingAuthenticationTokenException")
INVALID = (403, "InvalidSignatureException")
DENIED = (403, "AccessDeniedException")


class User:
    """An IAM user, and what may be signed as it."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self._iam = client("iam")
        self.name = f"caller-{uuid.uuid4().hex[:10]}"
        self._iam.create_user(UserName=self.name)
        self.key = self._iam.create_access_key(UserName=self.name)["AccessKey"]

    def may(self, *statements: dict[str, Any]) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        self._iam.put_user_policy(UserName=self.name, PolicyName="own", PolicyDocument=document)

    def signing(self, secret: str | None = None) -> Signing:
        return signing(self.key["AccessKeyId"], secret or self.key["SecretAccessKey"])


def signing(key: str, secret: str, token: str | None = None) -> Signing:
    return Signing(boto3.Session(key, secret, token, region_name="us-east-1"))


@pytest.fixture
def user(client: Callable[[str], Any]) -> User:
    return User(client)


def invoke(*arns: str, effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": list(arns)}


def of(api: Api, method: str) -> str:
    return f"arn:aws:execute-api:us-east-1:000000000000:{api.id}/{STAGE}/{method}"


def test_who_may_is_answered(api: Api, user: User) -> None:
    """A signed request, with a path and a query that have to be encoded, and one with a body."""
    user.may(invoke(of(api, "*")))
    assert api.call("GET", "/pets?b=2&a=%20x", user.signing()) == OK
    assert api.call("GET", "/pets/a%20b", user.signing()) == OK
    assert api.call("POST", "/pets", user.signing(), json={"name": "Ä"}) == OK


def test_what_is_not_signed_is_refused(api: Api) -> None:
    """Without a signature, or with an authorization of another kind; who is not asked is answered."""
    assert api.call("GET", "/pets") == MISSING
    assert api.call("GET", "/pets", headers={"Authorization": "Bearer token"}) == INVALID
    assert api.call("GET", "/open") == OK


def test_another_secret_is_refused(api: Api, user: User) -> None:
    """A key's id alone opens nothing."""
    user.may(invoke("*"))
    assert api.call("GET", "/pets", user.signing("guessed")) == INVALID


def test_who_may_not_is_refused(api: Api, user: User) -> None:
    """Without a policy, with one for another method, and with one that denies."""
    assert api.call("GET", "/pets", user.signing()) == DENIED
    user.may(invoke(of(api, "POST/pets")))
    assert api.call("GET", "/pets", user.signing()) == DENIED
    assert api.call("POST", "/pets", user.signing(), json={}) == OK
    user.may(invoke("*"), invoke(of(api, "GET/*"), effect="Deny"))
    assert api.call("GET", "/pets", user.signing()) == DENIED


def test_a_changed_request_is_refused(api: Api, user: User) -> None:
    """The signature is of method, path, query and body: it is good for no other request."""
    user.may(invoke("*"))
    signed = user.signing()

    def tampered(**changes: Any) -> Callable[[PreparedRequest], PreparedRequest]:
        def sign(request: PreparedRequest) -> PreparedRequest:
            request = signed(request)
            for name, value in changes.items():
                setattr(request, name, value)
            return request

        return sign

    assert api.call("POST", "/pets", tampered(), data=b"{}") == OK
    assert api.call("POST", "/pets", tampered(body=b"[]"), data=b"{}") == INVALID
    assert api.call("GET", "/pets?limit=1", tampered(method="POST")) == INVALID
    elsewhere = f"{api._url}/pets?limit=2"
    assert api.call("GET", "/pets?limit=1", tampered(url=elsewhere)) == INVALID


@pytest.mark.parametrize(("minutes", "answer"), [(-4, OK), (-6, INVALID), (6, INVALID)])
def test_a_signature_is_good_for_five_minutes(
    api: Api, user: User, monkeypatch: pytest.MonkeyPatch, minutes: int, answer: tuple[int, str]
) -> None:
    """Whoever overhears one has little time."""
    user.may(invoke("*"))
    signed_at = (datetime.now(UTC) + timedelta(minutes=minutes)).replace(tzinfo=None)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: signed_at)
    assert api.call("GET", "/pets", user.signing()) == answer


def test_a_roles_session_is_known_by_its_token(api: Api, client: Callable[[str], Any]) -> None:
    """Temporary credentials, whose token is part of them."""
    name = f"role-{uuid.uuid4().hex[:10]}"
    trust = {"Version": "2012-10-17", "Statement": []}
    role = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    document = json.dumps({"Version": "2012-10-17", "Statement": [invoke(of(api, "GET/pets"))]})
    client("iam").put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
    session = client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="me")["Credentials"]
    key, secret = session["AccessKeyId"], session["SecretAccessKey"]
    assert api.call("GET", "/pets", signing(key, secret, session["SessionToken"])) == OK
    assert api.call("POST", "/pets", signing(key, secret, session["SessionToken"])) == DENIED
    assert api.call("GET", "/pets", signing(key, secret, "another")) == INVALID


def test_the_operator_is_not_restricted(api: Api) -> None:
    """Whoever signs with credentials that IAM did not give out owns the sandbox."""
    assert api.call("GET", "/pets", signing("test", "test")) == OK
