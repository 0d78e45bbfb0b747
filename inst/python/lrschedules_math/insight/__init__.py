"""What a schedule does: looked at, summarized, told in phases and checked."""
