"""AWS's list prices in us-east-1, in US dollars, without free tiers, discounts and taxes.

Where prices fall with the volume, the price of the first tier is given. Prices differ in other regions.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

REGION: Final = "us-east-1"
AS_OF: Final = date(2026, 6, 13)
"""The date of the newest source. Compare the prices with AWS's pages before you rely on them.

AWS's pages fill their tables by script. Those of Lambda, DynamoDB, KMS and CloudWatch were compared in
November 2026 with quotations of AWS's price list in public projects, and were the same:
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/price-changes.html
"""

HOURS_PER_MONTH: Final = 730
"""Hours in a month, as in AWS's calculator: https://docs.aws.amazon.com/pricing-calculator/latest/userguide/"""
SECONDS_PER_MONTH: Final = HOURS_PER_MONTH * 3600
MILLION: Final = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Price:
    """The price of one unit, and the AWS page that lists it."""

    usd: float
    unit: str
    page: str


_LAMBDA = "https://aws.amazon.com/lambda/pricing/"
_CLOUDWATCH = "https://aws.amazon.com/cloudwatch/pricing/"
_DYNAMODB = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
_S3 = "https://aws.amazon.com/s3/pricing/"
_KMS = "https://aws.amazon.com/kms/pricing/"

LAMBDA_REQUEST = Price(usd=0.20 / MILLION, unit="request", page=_LAMBDA)
LAMBDA_GB_SECOND = {
    "x86_64": Price(usd=0.0000166667, unit="GB-second", page=_LAMBDA),
    "arm64": Price(usd=0.0000133334, unit="GB-second", page=_LAMBDA),
}
"""Duration of invocations, by the function's architecture."""
PROVISIONED_GB_SECOND = {
    "x86_64": Price(usd=0.0000041667, unit="GB-second", page=_LAMBDA),
    "arm64": Price(usd=0.0000033334, unit="GB-second", page=_LAMBDA),
}
"""Provisioned concurrency, used or not, by the function's architecture."""
LAMBDA_GB_SECOND_PROVISIONED = {
    "x86_64": Price(usd=0.0000097222, unit="GB-second", page=_LAMBDA),
    "arm64": Price(usd=0.0000077778, unit="GB-second", page=_LAMBDA),
}
"""Duration of invocations served by provisioned concurrency, by the function's architecture."""
SNAPSHOT_GB_SECOND = Price(usd=0.0000015046, unit="GB-second", page=_LAMBDA)

API_REQUEST = Price(usd=3.50 / MILLION, unit="request", page="https://aws.amazon.com/api-gateway/pricing/")
FIFO_REQUEST = Price(usd=0.50 / MILLION, unit="request", page="https://aws.amazon.com/sqs/pricing/")

WRITE_UNIT = Price(usd=0.625 / MILLION, unit="write unit", page=_DYNAMODB)
READ_UNIT = Price(usd=0.125 / MILLION, unit="read unit", page=_DYNAMODB)
TABLE_GB_MONTH = Price(usd=0.25, unit="GB-month", page=_DYNAMODB)
RECOVERY_GB_MONTH = Price(usd=0.20, unit="GB-month", page=_DYNAMODB)

OBJECT_WRITTEN = Price(usd=5.00 / MILLION, unit="request", page=_S3)
OBJECT_READ = Price(usd=0.40 / MILLION, unit="request", page=_S3)
BUCKET_GB_MONTH = Price(usd=0.023, unit="GB-month", page=_S3)

ALARM_METRIC = Price(usd=0.10, unit="metric", page=_CLOUDWATCH)
"""Alarms of standard resolution, for each metric that they read."""
ALARM_METRIC_HIGH_RESOLUTION = Price(usd=0.30, unit="metric", page=_CLOUDWATCH)
"""Alarms with a period of less than a minute."""
DASHBOARD = Price(usd=3.00, unit="dashboard", page=_CLOUDWATCH)
CUSTOM_METRIC = Price(usd=0.30, unit="metric", page=_CLOUDWATCH)
LOG_GB = Price(usd=0.50, unit="GB", page=_CLOUDWATCH)
TRACE = Price(usd=5.00 / MILLION, unit="trace", page="https://aws.amazon.com/xray/pricing/")

KMS_KEY = Price(usd=1.00, unit="key", page=_KMS)
KMS_REQUEST = Price(usd=0.03 / 10_000, unit="request", page=_KMS)
