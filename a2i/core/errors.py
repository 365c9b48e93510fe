"""The error that a user is meant to read."""


class A2IError(Exception):
    """Something the user can mend: the message is one line that says what is wrong and what to do."""
