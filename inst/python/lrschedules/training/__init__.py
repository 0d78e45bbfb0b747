"""What meets `fit()`."""
