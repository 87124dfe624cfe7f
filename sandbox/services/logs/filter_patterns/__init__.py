"""Log events are filtered by pattern, and in the order of their time, as on AWS; in LocalStack 4.14.0 not.

There every pattern matches every event, and events come stream by stream. What a pattern means here is what
AWS documents:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html

What is not documented is as AWS answered when it was asked; the answers were recorded by
https://github.com/radkawar/stackd (testdata/aws/logs/filters.json). Where they contradict the documentation
(the phrase `" "` found only events with a space in them) the documentation holds.
"""
