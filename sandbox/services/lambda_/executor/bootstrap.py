"""The first code of a function process, as /var/runtime/bootstrap is on AWS.

Run by the base interpreter with `-S -s -P`: bootstrap.py PARENT_PID TASK_ROOT RUNTIME_ROOT SDK_ROOT HANDLER.
"""

import sys

if __name__ == "__main__":
    # Ours is importable for as long as it is imported here, so that the function cannot import it.
    root = __file__.removesuffix("/sandbox/services/lambda_/executor/bootstrap.py")
    sys.path.append(root)
    from sandbox.services.lambda_.executor.runtime import http_client, interpreter

    sys.path.remove(root)
    sys.path_importer_cache.pop(root, None)
    for name in [name for name in sys.modules if name.partition(".")[0] == "sandbox"]:
        del sys.modules[name]

    parent, task_root, runtime_root, sdk_root, handler = sys.argv[1:]
    interpreter.die_with(int(parent))
    interpreter.prepare(task_root, runtime_root, sdk_root)
    http_client.stand_in()
    interpreter.run(runtime_root, handler)
