"""What files of strangers may not do."""
