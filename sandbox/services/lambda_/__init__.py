"""Lambda: functions as processes, their event source mappings, logs, metrics and traces.

LocalStack's services call each other as clients do, even within one process: each call is signed, written as
an HTTP request, passed through the whole gateway and parsed twice. That takes milliseconds of the single
process that they share, several times for each task. Here the calls made for each invocation go directly to
the other service's objects.
"""
