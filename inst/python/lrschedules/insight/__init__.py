"""What a schedule does, also one of Keras."""
