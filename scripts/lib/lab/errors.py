"""The one error of the package."""


class LabError(Exception):
    """Something the user has to know; printed without a traceback."""
