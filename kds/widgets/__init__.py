"""Widgets of the kitchen display: told by the app, telling the app, knowing no network."""
