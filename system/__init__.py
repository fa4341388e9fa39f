"""What the operating system is asked for, and what it says, the same for all packages: it lies below all of them, and
imports none.
"""
