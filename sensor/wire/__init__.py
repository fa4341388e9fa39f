"""Sans-io: framers cut bytes into messages, decoders say what a message means. No socket, no clock, no log."""
