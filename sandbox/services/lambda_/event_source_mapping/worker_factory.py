"""Replacement for LocalStack's event source mappings of queues.

LocalStack's mapping receives a batch, splits it by message group and invokes the function for one group after
another, in one thread: a function that hangs blocks all groups, and after an error the groups behind it wait
for the visibility timeout and use up a receive. MaximumConcurrency is ignored, and JSON bodies are serialized
again. Mappings of streams remain LocalStack's.
"""

from localstack.services.lambda_.event_source_mapping.esm_worker import EsmWorker
from localstack.services.lambda_.event_source_mapping.esm_worker_factory import EsmWorkerFactory
from localstack.utils.aws.arns import extract_service_from_arn
from localstack.utils.patch import Patch

from sandbox.services.lambda_.event_source_mapping.environments import Environments
from sandbox.services.lambda_.event_source_mapping.worker import SqsWorker


class WorkerFactory(EsmWorkerFactory):
    """The factory of mappings' workers."""

    def get_esm_worker(self) -> EsmWorker:
        """Return our worker for a queue, LocalStack's for other sources."""
        if extract_service_from_arn(self.esm_config.get("EventSourceArn") or "") == "sqs":
            return SqsWorker(self.esm_config, self.enabled)
        return super().get_esm_worker()


def install() -> None:
    """Replace LocalStack's workers and its choice of execution environments."""
    from localstack.services.lambda_ import provider
    from localstack.services.lambda_.invocation import lambda_service

    Patch(provider, "EsmWorkerFactory", WorkerFactory).apply()
    Patch(lambda_service, "AssignmentService", Environments).apply()
