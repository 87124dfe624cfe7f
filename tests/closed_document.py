"""The API's document for clients, with the models of responses closed as they are in the functions."""

from typing import Any

from infra.api.openapi import document, resolvers


def closed_as_implemented(for_clients: dict[str, Any]) -> dict[str, Any]:
    """Forbid members of responses that the functions' models lack, so that tests find undocumented ones.

    Clients must allow them, since a later version of the API may add some.
    """
    implemented = document(resolvers())["components"]["schemas"]
    models = for_clients["components"]["schemas"]
    closed = {
        name: {**model, "additionalProperties": False}
        for name, model in models.items()
        if implemented.get(name, {}).get("additionalProperties") is False
    }
    return {**for_clients, "components": {**for_clients["components"], "schemas": {**models, **closed}}}
