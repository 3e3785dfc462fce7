"""Frames on any axes that stay on disk."""
