"""All that runs inside a function: handlers, the work they do, AWS behind ports, and the domain."""
