"""What is said: commands, facts, envelopes, roles and codes; pure data, one file per namespace."""
