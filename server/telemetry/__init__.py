"""What a gateway tells of itself: metrics and logs."""
