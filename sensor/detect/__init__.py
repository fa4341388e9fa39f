"""From mining events to a verdict: pure."""
