"""The two kinds of mistake a user can make, each with its exit code.

Anything else that goes wrong is a fault of ours and keeps its traceback.
"""


class EcomplanError(Exception):
    """A message for the user. `exit_code` is what the command line returns."""

    exit_code = 1


class ParameterError(EcomplanError):
    """params.yaml or claims/ hold something that cannot be meant (exit code 2)."""

    exit_code = 2


class DataError(EcomplanError):
    """A table, file, column or row is not what its contract says (exit code 3)."""

    exit_code = 3
