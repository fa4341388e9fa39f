"""From counted work to hashrate, rigs and power, each with its bounds. Pure: knows no session, no byte and no clock."""
