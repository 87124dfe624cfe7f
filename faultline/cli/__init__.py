"""Command line interface: the options and output of `faultline`, on top of `faultline.operations`."""
