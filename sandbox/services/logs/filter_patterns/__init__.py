"""FilterLogEvents, which LocalStack 4.14.0 answers without regard to the pattern and stream by stream.

Terms and one comparison of a JSON property are read as AWS documents them:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
Other patterns are refused. Metric and subscription filters are LocalStack's own, which match everything.

Where AWS does not document a behaviour, this follows its recorded answers:
https://github.com/radkawar/stackd (testdata/aws/logs/filters.json). Where they contradict the documentation
(the phrase `" "` found only events with a space in them) the documentation holds.
"""
