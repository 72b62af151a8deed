"""The tests: unit mirrors src; property, sim, e2e and outside say what they need."""
