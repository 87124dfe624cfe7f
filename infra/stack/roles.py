"""One role for each function, with exactly the actions and resources that it needs.

Each permission names its users: modules of the functions, or an AWS service that acts for the function. The
end-to-end tests compare them with recorded calls; `faultline permissions` prints them.

A role has its policy inline, so that a function that depends on the role depends on the policy too. Roles
have no fixed names, because IAM is global and a stage may be deployed to two regions.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from troposphere import GetAtt, Sub, Template
from troposphere.dynamodb import Table
from troposphere.iam import Policy, Role
from troposphere.logs import LogGroup
from troposphere.s3 import Bucket
from troposphere.sns import Topic

from infra.stack.encryption import KEY
from infra.stack.project import project_statements
from infra.stack.queues import Queues
from infra.stack.statement import Caller as Caller
from infra.stack.statement import Statement as Statement
from infra.stack.statement import Users as Users
from infra.stack.table import BY_ORDERING_KEY, BY_REFERENCE, BY_RELEASE, BY_STATE, BY_SUBMISSION
from infra.stages import StageSettings

MAPPING = Caller(
    name="the event source mapping",
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
)
LOGGING = Caller(
    name="Lambda, to log",
    source="https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html",
    names_function=True,
)
# No condition on the function: before Lambda creates a traced function, it checks that the role allows it
# to send traces ("The provided execution role does not have permissions to call PutTraceSegments on XRAY"),
# and AWS does not document that this check names the function.
TRACING = Caller(
    name="Lambda's X-Ray daemon",
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html",
)
DAEMON = Caller(name="Lambda's X-Ray daemon, about itself", source=TRACING.source)
PUBLISHING = Caller(
    name="SNS, to encrypt messages",
    source="https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
)
DECRYPTING = Caller(
    name="Parameter Store, to decrypt a secret",
    source="https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html",
)

_NO_RESOURCES = (
    "X-Ray has no resources to limit these actions to: "
    "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html"
)


def permissions(
    settings: StageSettings, table: Table, bucket: Bucket, circuits: Table, queues: Queues, alerts: Topic
) -> Mapping[str, Sequence[Statement]]:
    """Return the statements of each function's role, except for those of `every_functions`.

    A transaction needs the permissions of its parts:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    """
    tasks, dlq = GetAtt(queues.tasks, "Arn"), GetAtt(queues.dlq, "Arn")

    def on(service: str, resource: Any, uses: Mapping[str, str]) -> Statement:
        return Statement(
            uses={f"{service}:{action}": tuple(users.split()) for action, users in uses.items()},
            resources=(resource,),
        )

    def on_table(**uses: str) -> Statement:
        return on("dynamodb", GetAtt(table, "Arn"), uses)

    def on_circuits(**uses: str) -> Statement:
        return on("dynamodb", GetAtt(circuits, "Arn"), uses)

    def on_index(index: str, **uses: str) -> Statement:
        return on("dynamodb", Sub(f"${{{table.title}.Arn}}/index/{index}"), uses)

    def on_objects(**uses: str) -> Statement:
        return on("s3", Sub(f"${{{bucket.title}.Arn}}/*"), uses)

    # Needed to read an object: without it S3 refuses to say that the object is missing
    # (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
    may_miss_objects = on("s3", GetAtt(bucket, "Arn"), {"ListBucket": "store.objects"})

    def mapping_from(queue: Any) -> Statement:
        actions = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
        return Statement(uses=dict.fromkeys(actions, MAPPING), resources=(queue,))

    failure_rate = (
        [
            on(
                "ssm",
                _parameter_arn(settings.failure_rate_parameter),
                {"GetParameter": "process_task.failure_rate"},
            )
        ]
        if settings.failure_rate_parameter
        else []
    )
    return {
        "submit_task": [
            on_table(
                PutItem="store.acceptance store.lanes store.payloads store.transactions store.batches",
                UpdateItem="store.lanes store.transition",
                GetItem="store.acceptance store.lanes store.table store.payloads store.batches",
                BatchGetItem="store.batch_reading",
            ),
            on_objects(PutObject="store.objects", GetObject="store.objects"),
            may_miss_objects,
            on("sqs", tasks, {"SendMessage": "messaging.queues"}),
        ],
        "manage_tasks": [
            on_table(
                GetItem="store.table store.lanes store.payloads store.transition",
                BatchGetItem="store.batch_reading",
                UpdateItem="store.cancelling store.lanes store.transition store.payloads store.transactions",
                PutItem="store.payloads store.transactions",
                DeleteItem="store.transactions",
            ),
            on_objects(PutObject="store.objects", GetObject="store.objects"),
            may_miss_objects,
            on_index(BY_STATE, Query="store.shards store.counts"),
            on_index(BY_SUBMISSION, Query="store.shards store.counts"),
            on_index(BY_ORDERING_KEY, Query="store.shards"),
            on_index(BY_REFERENCE, Query="store.shards"),
            on_circuits(
                Query="store.circuit_states store.holds", UpdateItem="store.circuit_states store.holds"
            ),
            on(
                "sqs",
                tasks,
                {"SendMessage": "messaging.queues", "ChangeMessageVisibility": "messaging.queues"},
            ),
        ],
        "process_task": [
            on_table(
                GetItem="store.table store.lanes store.payloads store.transition",
                UpdateItem="store.waiting_notes store.transition store.payloads store.transactions",
                PutItem="store.transactions",
                DeleteItem="store.transactions",
            ),
            on_objects(PutObject="store.objects", GetObject="store.objects"),
            may_miss_objects,
            on_circuits(
                GetItem="store.guarded_call",
                PutItem="store.circuits store.guarded_call",
                UpdateItem="store.circuits store.guarded_call store.holds",
                Query="store.holds",
            ),
            mapping_from(tasks),
            on(
                "sqs",
                tasks,
                {"ChangeMessageVisibility": "messaging.queues", "SendMessage": "messaging.queues"},
            ),
            on("sqs", dlq, {"SendMessage": "messaging.queues"}),
            *failure_rate,
            on(
                "ssm",
                _parameter_arn(settings.callback_secret_parameter),
                {"GetParameter": "process_task.signing"},
            ),
            Statement(
                uses={"kms:Decrypt": DECRYPTING},
                resources=(GetAtt(KEY, "Arn"),),
                conditions={
                    "StringEquals": {
                        "kms:ViaService": Sub("ssm.${AWS::Region}.${AWS::URLSuffix}"),
                        "kms:EncryptionContext:PARAMETER_ARN": _parameter_arn(
                            settings.callback_secret_parameter
                        ),
                    }
                },
            ),
            *project_statements(settings),
        ],
        "monitor_dlq": [
            on_table(
                UpdateItem="store.transition store.transactions",
                PutItem="store.acceptance store.payloads store.transactions",
                GetItem="store.table store.payloads store.transition",
                DeleteItem="store.transactions",
            ),
            on_objects(GetObject="store.objects"),
            may_miss_objects,
            on_index(BY_STATE, Query="store.shards"),
            mapping_from(dlq),
            on("sqs", tasks, {"SendMessage": "messaging.queues"}),
            on("sns", alerts.ref(), {"Publish": "messaging.alerts"}),
            Statement(
                uses=dict.fromkeys(("kms:GenerateDataKey", "kms:Decrypt"), PUBLISHING),
                resources=(GetAtt(KEY, "Arn"),),
                # https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
                conditions={"StringEquals": {"kms:ViaService": Sub("sns.${AWS::Region}.${AWS::URLSuffix}")}},
            ),
        ],
        "release_tasks": [
            on_table(
                GetItem="store.table store.transition store.batches",
                BatchGetItem="store.batch_reading",
                UpdateItem="store.transition store.timers store.transactions store.waiting_notes",
                PutItem="store.transactions",
                DeleteItem="store.timers store.transactions",
            ),
            on_objects(PutObject="store.objects", GetObject="store.objects"),
            may_miss_objects,
            on_index(BY_STATE, Query="store.shards"),
            on_index(BY_RELEASE, Query="store.shards", Scan="store.task_index"),
            on_circuits(
                GetItem="store.circuits",
                Query="store.circuits store.holds",
                DeleteItem="store.circuits store.holds",
            ),
            on("sqs", tasks, {"SendMessage": "messaging.queues"}),
        ],
    }


def every_functions(log_group: LogGroup) -> Sequence[Statement]:
    """Return the statements that all roles share: writing to the log group and sending traces."""
    return (
        Statement(
            uses=dict.fromkeys(("logs:CreateLogStream", "logs:PutLogEvents"), LOGGING),
            # The group's Arn ends with `:*` and thus includes its streams.
            resources=(GetAtt(log_group, "Arn"),),
        ),
        Statement(uses={"xray:PutTraceSegments": TRACING}, resources=("*",), why=_NO_RESOURCES),
        Statement(uses={"xray:PutTelemetryRecords": DAEMON}, resources=("*",), why=_NO_RESOURCES),
    )


def add_role(
    template: Template,
    settings: StageSettings,
    function_id: str,
    function_name: str,
    permissions: Sequence[Statement],
) -> Role:
    """Add a function's role to a template, with the stage's permissions boundary if there is one.

    The trust policy has no condition on `aws:SourceAccount`: AWS does not document that Lambda sends it when
    it assumes a function's role, and a condition on a missing key would stop every function. Only principals
    that may pass the role (iam:PassRole) can give it to a function, which must be in the same account:
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    """
    boundary = (
        {
            "PermissionsBoundary": Sub(
                f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy/{settings.permissions_boundary}"
            )
        }
        if settings.permissions_boundary
        else {}
    )
    arn = f"arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{function_name}"
    # The ARN of the function or of a version; AWS does not document which of them a request has.
    arns = [Sub(arn), Sub(f"{arn}:*")]
    return template.add_resource(
        Role(
            f"{function_id}Role",
            AssumeRolePolicyDocument={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            },
            Policies=[
                Policy(
                    PolicyName="own-actions",
                    PolicyDocument={
                        "Version": "2012-10-17",
                        "Statement": [statement.to_policy(arns) for statement in permissions],
                    },
                )
            ],
            **boundary,
        )
    )


def _parameter_arn(name: str) -> Sub:
    # The parameter's name begins with a slash, which must not be repeated in its ARN.
    return Sub("arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter" + name)
