"""API Gateway's interpretation of imported OpenAPI documents.

A method requires an API key if its security scheme is of the type `apiKey` and has the name `x-api-key`, in
lower case as in AWS's examples. AWS's import ignores `X-Api-Key` silently, and leaves the method open:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-usage-plan-oas.html
https://github.com/smithy-lang/smithy/issues/327
LocalStack ignores the case.

The title of the document becomes the API's name, which LocalStack leaves unchanged:
https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html
"""

from typing import Any

KEY_HEADER = "x-api-key"


def without_ignored_schemes(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document without the security schemes that AWS's import ignores."""
    document = dict(document)
    if "securityDefinitions" in document:
        document["securityDefinitions"] = _honoured(document["securityDefinitions"])
    components = document.get("components") or {}
    if "securitySchemes" in components:
        document["components"] = components | {"securitySchemes": _honoured(components["securitySchemes"])}
    return document


def _honoured(schemes: dict[str, Any]) -> dict[str, Any]:
    return {name: scheme for name, scheme in schemes.items() if not _is_misspelt_key(scheme)}


def _is_misspelt_key(scheme: dict[str, Any]) -> bool:
    name = str(scheme.get("name", ""))
    return scheme.get("type") == "apiKey" and name != KEY_HEADER and name.lower() == KEY_HEADER


def name_by_title(rest_api: Any, document: dict[str, Any]) -> None:
    """Set an API's name to the title of its document, if it has one."""
    if title := (document.get("info") or {}).get("title"):
        rest_api.name = title
