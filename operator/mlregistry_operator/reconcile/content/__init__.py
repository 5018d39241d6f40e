"""Moving content: publish once, copy everywhere, prove it, take it away. Talks to the ports alone."""
