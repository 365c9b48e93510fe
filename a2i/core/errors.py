"""The error that a user is meant to read."""


class A2IError(Exception):
    """Something the user can mend: the message is one line that says what is wrong and what to do.

    `exit_code` is what the command line ends with.
    """

    exit_code = 2
