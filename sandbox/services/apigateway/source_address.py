"""The client's address in integrations and access logs.

On AWS `$context.identity.sourceIp` is the address of the connection; in LocalStack it is always 127.0.0.1:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html#context-variable-reference
"""

from localstack.services.apigateway.next_gen.execute_api.context import RestApiInvocationContext
from localstack.services.apigateway.next_gen.execute_api.handlers.parse import InvocationRequestParser
from localstack.services.apigateway.next_gen.execute_api.variables import ContextVariables
from localstack.utils.patch import Patch


def install() -> None:
    """Make LocalStack use the address of the connection. Call this only once."""
    create = InvocationRequestParser.create_context_variables

    def create_context_variables(context: RestApiInvocationContext) -> ContextVariables:
        variables = create(context)
        identity, address = variables["identity"], context.request.remote_addr
        if identity and address:
            identity["sourceIp"] = address
        return variables

    Patch(InvocationRequestParser, "create_context_variables", staticmethod(create_context_variables)).apply()
