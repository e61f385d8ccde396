"""The wires a client can hang on: Socket.IO, and a kitchen in memory."""
