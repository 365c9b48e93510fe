"""What a dataclass of settings says of its fields, read from the comments beside them: the one place that explains an
option, for its reader in the code and for the command line alike."""

import inspect
import re


def explained(settings: type) -> dict[str, str]:
    """The comment of each field of a dataclass, by the field's name; "" where it has none."""
    found = re.findall(r"^    (\w+): .*?(?:  # (.*))?$", inspect.getsource(settings), re.MULTILINE)
    return dict(found)
