"""Event source mappings of queues as Lambda's, in place of LocalStack 4.14.0's.

LocalStack's receives, splits by message group and invokes one group after another, in one thread: a hanging
function holds up all, and an error makes the groups behind it wait out the visibility timeout and lose a
receive. MaximumConcurrency is not used, and bodies that are JSON are written anew. Mappings of streams are
left to LocalStack.
"""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from localstack.runtime import hooks
from localstack.services.lambda_.event_source_mapping.esm_worker import EsmWorker
from localstack.services.lambda_.event_source_mapping.esm_worker_factory import EsmWorkerFactory
from localstack.utils.aws.arns import extract_service_from_arn

from sandbox.services.lambda_.event_source_mapping.environments import Environments
from sandbox.services.lambda_.event_source_mapping.worker import SqsWorker
from sandbox.services.sqs.arrivals import (
    AnnouncingFifoQueue,
    AnnouncingStandardQueue,
)


class WorkerFactory(EsmWorkerFactory):
    """Makes the worker of a mapping."""

    def get_esm_worker(self) -> EsmWorker:
        if extract_service_from_arn(self.esm_config.get("EventSourceArn") or "") == "sqs":
            return SqsWorker(self.esm_config, self.enabled)
        return super().get_esm_worker()


@hooks.on_infra_start(priority=-1)  # after sandbox.services.sqs.fifo's, whose queue this one extends
def map_queues_concurrently() -> None:
    """Let LocalStack's Lambda make these workers, and its SQS queues that call them."""
    from localstack.services.lambda_ import provider as lambda_provider
    from localstack.services.lambda_.invocation import lambda_service
    from localstack.services.sqs import provider as sqs_provider

    vars(lambda_provider)["EsmWorkerFactory"] = WorkerFactory
    vars(lambda_service)["AssignmentService"] = Environments
    vars(sqs_provider).update(FifoQueue=AnnouncingFifoQueue, StandardQueue=AnnouncingStandardQueue)
