"""Parts of a request that its route does not define, and that Powertools would ignore."""

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from lambdas.http.problems import FieldError


def unexpected_parts(app: APIGatewayRestResolver) -> list[FieldError]:
    """Return an error for each query parameter, and for a body, that the current route does not define."""
    return [*_unknown_parameters(app), *_body_of_none(app)]


def takes_body(app: APIGatewayRestResolver) -> bool:
    """Return whether the current route has a body."""
    return bool(app.context["_route"].dependant.body_params)


def _unknown_parameters(app: APIGatewayRestResolver) -> list[FieldError]:
    given = {
        *app.current_event.query_string_parameters,
        *app.current_event.multi_value_query_string_parameters,
    }
    unknown = given - {parameter.alias for parameter in app.context["_route"].dependant.query_params}
    return [FieldError(field=name, message="is not a parameter of this call") for name in sorted(unknown)]


def _body_of_none(app: APIGatewayRestResolver) -> list[FieldError]:
    """Return an error for the body of a call that has none; an empty object says nothing, and is accepted."""
    given = "".join((app.current_event.body or "").split())
    if takes_body(app) or given in ("", "{}"):
        return []
    return [FieldError(field="body", message="must be empty: this call has no body")]
