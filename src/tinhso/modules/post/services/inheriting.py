"""What has been sent stays with who sent it; what comes back comes to the building, which the successor runs."""

from __future__ import annotations

from tinhso.modules.directory import api as directory


def register() -> None:
    """Called when the app is ready."""
    directory.register_stays(
        {"post.Consignment.office", "post.Sheet.office"}, because="The sender on the label and on the signed sheet."
    )
