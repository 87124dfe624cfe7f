"""X-Ray on the laptop: where functions send their segments, what API Gateway and Lambda record themselves,
and the API that traces are read by. LocalStack 4.14.0 has none of it.

https://docs.aws.amazon.com/xray/latest/devguide/aws-xray.html
"""
