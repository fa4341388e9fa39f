"""minesensor: finds cryptocurrency mining in network traffic."""
