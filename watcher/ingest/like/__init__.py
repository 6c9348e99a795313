"""The rules of the tools that ``like`` names, one module each, as data."""
