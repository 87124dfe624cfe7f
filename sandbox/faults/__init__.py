"""Fault injection: deliberate errors and delays in the functions' calls to AWS."""
