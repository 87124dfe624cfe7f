"""The first code of a function process, like /var/runtime/bootstrap on AWS.

Run by the base interpreter with `-S -s -P`:

    bootstrap.py PARENT_PID TASK_ROOT RUNTIME_ROOT SDK_ROOT HANDLER
    bootstrap.py PARENT_PID TASK_ROOT RUNTIME_ROOT SDK_ROOT --serve SOCKET_FD [LIBRARY ...]

The second form is the fork server (`runtime.fork_server`), which leaves the named libraries out.
"""

import os
import sys

if __name__ == "__main__":
    # Our code is importable only while it is imported here, so that the function cannot import it.
    root = __file__.removesuffix("/sandbox/services/lambda_/executor/bootstrap.py")
    sys.path.append(root)
    from sandbox.services.lambda_.executor.runtime import http_client, interpreter

    if serves := sys.argv[5] == "--serve":
        from sandbox.services.lambda_.executor.runtime import fork_server
    sys.path.remove(root)
    sys.path_importer_cache.pop(root, None)
    for name in [name for name in sys.modules if name.partition(".")[0] == "sandbox"]:
        del sys.modules[name]

    parent, task_root, runtime_root, sdk_root, handler, *rest = sys.argv[1:]
    interpreter.die_with(int(parent))
    interpreter.prepare(task_root, runtime_root, sdk_root)
    if serves:
        order = fork_server.run(task_root, runtime_root, requests_fd=int(rest[0]), left_out=rest[1:])
        if order is None:
            os._exit(0)
        handler = order.handler
    http_client.stand_in()
    interpreter.run(runtime_root, handler)
