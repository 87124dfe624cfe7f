"""LocalStack's index of AWS operations, with one object for all equal entries.

It has 14,000 operations, most of which belong to a single service. With objects for each of them it takes
5.1 MB instead of 1.6 MB.
"""

from localstack.aws import spec


def build(file: str) -> None:
    """Build the index, and store it in a file."""
    index = spec.LazyServiceCatalogIndex()
    services: dict[spec.ServiceModelIdentifier, spec.ServiceModelIdentifier] = {}
    lists: dict[tuple[spec.ServiceModelIdentifier, ...], list[spec.ServiceModelIdentifier]] = {}
    for entries in (
        index.endpoint_prefix_index,
        index.operations_index,
        index.signing_name_index,
        index.target_prefix_index,
    ):
        for name, found in entries.items():
            shared = [services.setdefault(each, each) for each in found]
            entries[name] = lists.setdefault(tuple(shared), shared)
    spec.save_service_index_cache(index, file)
