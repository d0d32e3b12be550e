from tinhso.modules.directory.print.shapes import Heir, Kept, ReformReport

__all__ = ["Heir", "Kept", "ReformReport"]
