"""What mining looks like, as data: protocol anchors and pool lists, and the loader that checks them."""
