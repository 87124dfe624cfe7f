"""Serialized errors, including the parts that boto3 does not read."""

from localstack.aws.protocol.serializer import create_serializer
from localstack.aws.spec import load_service

from sandbox.faults.faults import Fault
from sandbox.faults.injection import exception
from sandbox.faults.rule import Rule


def test_sqs_names_a_common_error_in_the_body() -> None:
    """An injected SQS error has its code in `__type` too, which SDKs other than boto3 read."""
    error = exception(Fault("1", Rule(service="sqs", error="ServiceUnavailable")))
    sqs = load_service("sqs")
    response = create_serializer(sqs, "json").serialize_error_to_response(
        error,
        sqs.operation_model("SendMessage"),
        {},
        "request-id",
    )
    assert response.status_code == 503
    assert response.get_json()["__type"] == "ServiceUnavailable"
    assert response.headers["x-amzn-query-error"].split(";")[0] == "ServiceUnavailable"
