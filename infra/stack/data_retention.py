"""Deletion policies of resources that hold tasks."""

from infra.stages import StageSettings


def retention(settings: StageSettings) -> dict[str, str]:
    """Return the deletion policies of a resource that holds tasks.

    RetainExceptOnCreate instead of Retain removes the resources of a first deployment that failed, so that
    their fixed names are free for the next:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
    """
    if settings.retain_data:
        return {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
    return {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
