"""Commands of `faultline`, with their locations and their help lines."""

from faultline.cli.lazy_group import Entry

COMMANDS = {
    "up": Entry("up:up", "Start a sandbox and deploy the stack to it."),
    "down": Entry("down:down", "Stop the sandbox."),
    "demo": Entry("demonstration.command:demo", "Demonstrate failure handling with real tasks."),
    "init": Entry("init:init", "Create a project for your own kinds of work."),
    "test": Entry("test:app", "Run the tests of your kinds of work."),
    "lock": Entry("lock:lock", "Lock the libraries of your kinds of work."),
    "console": Entry("console:console", "Serve the web console."),
    "deploy": Entry("deploy:deploy", "Deploy the stack, or its changes."),
    "verify": Entry("verify:verify", "Check that a deployment works as documented."),
    "teardown": Entry("teardown:teardown", "Delete the stack, and list what is kept."),
    "outputs": Entry("outputs:outputs", "Print the stack's outputs, such as the API's URL."),
    "submit": Entry("tasks:submit", "Submit a task, or the tasks of a file."),
    "wait": Entry("wait:wait", "Wait for a task to end."),
    "task": Entry("tasks:task", "Show a task and its history."),
    "tasks": Entry("tasks:tasks", "List tasks, newest first."),
    "stats": Entry("stats:stats", "Count tasks, and show recent dead letters."),
    "cancel": Entry("cancel:cancel", "Cancel tasks, or ask running ones to stop."),
    "run": Entry("run:run", "Run a waiting task now."),
    "redrive": Entry("redrive:redrive", "Redrive dead letters."),
    "logs": Entry("logs:logs", "Show the functions' log, for one task or all."),
    "trace": Entry("trace.command:trace", "Draw a task's trace."),
    "dlq": Entry("dlq_report:app", "Report on dead letters."),
    "circuits": Entry("circuits:app", "Show which circuits are open; hold one open."),
    "kinds": Entry("kinds:kinds", "List the kinds of work, and which are paused."),
    "pause": Entry("kinds:pause", "Pause a kind of work."),
    "resume": Entry("kinds:resume", "Resume a paused kind of work."),
    "dashboard": Entry("dashboard.command:dashboard", "Draw a dashboard of CloudWatch's metrics."),
    "faults": Entry("faults:app", "Make the functions' calls to AWS fail."),
    "advance": Entry("advance:advance", "Advance the time in a sandbox."),
    "reset": Entry("advance:reset", "Empty the stack in a sandbox."),
    "keys": Entry("keys:app", "Create, list and revoke API keys."),
    "callbacks": Entry("callbacks:app", "Show or rotate the secret that signs callbacks."),
    "openapi": Entry("openapi:openapi", "Print the API's OpenAPI document."),
    "template": Entry("template:template", "Print the stack's template, for any tool."),
    "costs": Entry("costs:costs", "Estimate the costs of the stack on AWS."),
    "permissions": Entry("permissions:permissions", "Print the permissions of each function."),
    "deployment-policy": Entry(
        "deployment_policy:deployment_policy", "Print the IAM policies for a deployer."
    ),
}
"""All commands by name, in the order of the help."""
