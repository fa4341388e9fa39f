"""The engine once more, slow and plain: dpkt takes packets apart, and payload is put in order by sequence numbers.

What it does not take apart it says so of the whole capture: nothing it tells is a guess.
"""
