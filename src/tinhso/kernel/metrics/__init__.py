"""The place of a registry of measurable figures. It holds nothing until a module has a figure to register."""
