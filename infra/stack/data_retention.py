"""What becomes of resources that hold tasks when their stack goes."""

from infra.stages import StageSettings


def retention(settings: StageSettings) -> dict[str, str]:
    """The deletion policies of a resource that holds tasks.

    RetainExceptOnCreate, not Retain: what a failed first deployment made is removed, so that its
    fixed name is free for the next:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
    """
    if settings.retain_data:
        return {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
    return {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
