"""The web console: a stage in the browser, served on this machine. Only `faultline console` imports it."""
