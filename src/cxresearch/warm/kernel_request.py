"""How a kernel is asked for: a message on the parent's socket, with file descriptors beside it."""

REQUEST = b"kernel"
ASKED = 5
"""Descriptors: the link over which the client hears of the kernel, a file that holds what the kernel is to know as a
JSON object, standard input, output and error."""
