"""tinhso: the digital government of a Vietnamese province."""

__version__ = "0.1.0"
