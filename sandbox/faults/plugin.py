"""Faults for the stack's own calls to AWS, made on demand: errors, lost connections, late answers."""

# LocalStack is typed in part only.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from localstack.runtime import hooks


@hooks.on_infra_start()
def inject_faults() -> None:
    """Serve the API of faults and let calls meet them; there are none at first."""
    from sandbox.faults import api, injection

    injection.install()
    api.serve()


@hooks.on_infra_shutdown()
def end_faults() -> None:
    """Let calls that wait go on, so that nothing waits for them."""
    from sandbox.faults.faults import FAULTS

    FAULTS.replace([])
