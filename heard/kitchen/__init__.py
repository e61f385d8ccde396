"""What it means: pure rules that the gateway and an offline station both run; no clock, no dice, no I/O."""
