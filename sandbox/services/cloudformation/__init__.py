"""CloudFormation: stack updates, and resource features that LocalStack lacks."""
