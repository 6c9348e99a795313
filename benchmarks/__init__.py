"""What the program is measured by; README.md says how each is run, and what it gave."""
