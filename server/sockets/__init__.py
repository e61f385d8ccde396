"""Socket.IO: each namespace parses, submits, answers; who may hear what is the contract's table."""
