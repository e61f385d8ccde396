"""The gateway: takes orders in, journals every fact, tells every screen."""
