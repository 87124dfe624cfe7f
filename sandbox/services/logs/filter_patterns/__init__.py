"""FilterLogEvents by pattern and in chronological order.

LocalStack ignores the pattern and returns events stream by stream.

Terms and a comparison of a JSON property work as AWS documents them:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
Other patterns are refused. Metric and subscription filters are LocalStack's own, which match everything.

Where AWS does not document a behaviour, the implementation follows recorded responses of AWS:
https://github.com/radkawar/stackd (testdata/aws/logs/filters.json). Where they contradict the documentation
(the phrase `" "` found only events with a space in them), the documentation prevails.
"""
