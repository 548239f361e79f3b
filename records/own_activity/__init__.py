"""What happened around a patient's access, as they read it themself (R9.2): which events, in which words, and what looks wrong."""
