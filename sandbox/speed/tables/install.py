"""Faster moto tables, installed when DynamoDB is loaded."""

from sandbox.services.dynamodb import provider


def install() -> None:
    """Have DynamoDB's provider call moto directly, after correcting it."""
    provider.load_backend_with(_load)


def _load() -> provider.Backend:
    from sandbox.speed.tables import conditions, copies, direct_calls, packing, projections, queries, updates

    queries.read_in_order()
    conditions.parse_each_text_once()
    updates.parse_each_text_once()
    updates.validate_quickly()
    copies.share_what_never_changes()
    packing.pack_what_rests()
    projections.copy_what_is_named()
    return provider.Backend(call=direct_calls.call_moto, is_final=direct_calls.is_final)
