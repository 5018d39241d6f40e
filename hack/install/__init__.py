"""The chart with its defaults as one file, for those who install with kubectl alone."""
