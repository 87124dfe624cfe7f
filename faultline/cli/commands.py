"""The list of all commands."""

from faultline.cli.lazy_group import Entry

COMMANDS = {
    "up": Entry("up:up", "Start a sandbox and deploy the stack to it."),
    "down": Entry("down:down", "Stop the sandbox."),
    "demo": Entry("demonstration.command:demo", "Show failure handling with real tasks."),
    "init": Entry("init:init", "Make a folder for kinds of work of your own."),
    "test": Entry("test:app", "Run the tests of your kinds of work."),
    "lock": Entry("lock:lock", "Lock the libraries of your kinds of work."),
    "console": Entry("console:console", "Serve the web console."),
    "deploy": Entry("deploy:deploy", "Deploy the stack, or what has changed."),
    "verify": Entry("verify:verify", "Prove that a deployment keeps its promises."),
    "teardown": Entry("teardown:teardown", "Delete the stack, and list what stays."),
    "outputs": Entry("outputs:outputs", "Print the stack's outputs, such as the API's URL."),
    "submit": Entry("tasks:submit", "Submit a task, or the tasks of a file."),
    "wait": Entry("wait:wait", "Wait for a task to end."),
    "task": Entry("tasks:task", "Show a task and its history."),
    "tasks": Entry("tasks:tasks", "List tasks, newest first."),
    "stats": Entry("stats:stats", "Count tasks, and show what died lately."),
    "cancel": Entry("cancel:cancel", "Cancel tasks, or ask those that run to stop."),
    "run": Entry("run:run", "Run a waiting task now."),
    "redrive": Entry("redrive:redrive", "Give dead letters another try."),
    "logs": Entry("logs:logs", "Show the functions' log, of one task or of all."),
    "trace": Entry("trace.command:trace", "Draw a task's trace."),
    "dlq": Entry("dlq_report:app", "Report on dead letters."),
    "circuits": Entry("circuits:app", "Show which circuits are open; hold one open."),
    "kinds": Entry("kinds:kinds", "List the kinds of work, and which are paused."),
    "pause": Entry("kinds:pause", "Make the tasks of a kind wait."),
    "resume": Entry("kinds:resume", "Let the tasks of a paused kind run again."),
    "dashboard": Entry("dashboard.command:dashboard", "Draw a CloudWatch dashboard."),
    "faults": Entry("faults:app", "Make the functions' calls to AWS fail."),
    "advance": Entry("advance:advance", "Jump ahead in time in a sandbox."),
    "reset": Entry("advance:reset", "Empty the stack in a sandbox."),
    "keys": Entry("keys:app", "Create, list and revoke API keys."),
    "callbacks": Entry("callbacks:app", "Show or rotate the secret that signs callbacks."),
    "openapi": Entry("openapi:openapi", "Print the API's OpenAPI document."),
    "template": Entry("template:template", "Print the stack's template, for any tool."),
    "costs": Entry("costs:costs", "Print what the stack costs on AWS, line by line."),
    "permissions": Entry("permissions:permissions", "Print what each function may do."),
    "deployment-policy": Entry(
        "deployment_policy:deployment_policy", "Print the IAM policies for a deployer."
    ),
}
"""The commands by their names, in the order of the help."""
