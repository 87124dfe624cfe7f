"""The plug-in that every run of pytest imports, once Faultline is installed."""

from tests.unit.programs import Programs


def test_tests_of_other_projects_do_not_wait_for_it(programs: Programs) -> None:
    program = (
        "import sys, faultline.testing.plugin; sys.exit(bool({'lambdas', 'infra'} & sys.modules.keys()))"
    )
    assert programs.run(program, {}).returncode == 0
