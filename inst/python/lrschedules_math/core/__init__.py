"""What every schedule is made of."""
