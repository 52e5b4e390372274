"""What the kit knows of each API: its oracle, rules and probes."""
