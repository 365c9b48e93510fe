"""Numbers with n, interval, floor and ceiling, and why pictures fail."""
