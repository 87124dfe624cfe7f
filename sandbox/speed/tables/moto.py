"""All corrections of moto 5.1.25 that make reads and updates of its tables quick."""

from sandbox.speed.tables import conditions, copies, queries, updates


def quicken_moto() -> None:
    """Apply the corrections, once in a process, of which one thread at a time calls moto
    (`sandbox.services.dynamodb.provider`)."""
    queries.look_at_one_partition()
    conditions.parse_each_text_once()
    updates.parse_each_text_once()
    updates.validate_quickly()
    copies.share_what_never_changes()
