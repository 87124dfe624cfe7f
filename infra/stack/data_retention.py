"""Deletion policies of resources that hold tasks."""

from infra.stages import StageSettings


def retention(settings: StageSettings) -> dict[str, str]:
    """Return the deletion policies of a resource that holds tasks.

    Unlike Retain, RetainExceptOnCreate removes the resources of a failed first deployment, so that their
    fixed names are free for the next one:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
    """
    if settings.retain_data:
        return {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
    return {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
