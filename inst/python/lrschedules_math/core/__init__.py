"""The foundation of every schedule."""
