"""Calls between LocalStack's services, made without a client.

LocalStack 4.14.0's services call each other as their users do, also when both are in one process: each call
is signed, written as an HTTP request, passed through the whole gateway, parsed, answered, and parsed again.
That is milliseconds of the one process that all of them share, several times for each task. Here the calls
that every invocation makes go to the other service's own objects instead; what they do there is the same.
"""
