"""The `faultline` command: options and output. The work is done by `faultline.operations`."""
