"""What the transport benchmarks run beside the product: a load generator in C, and peers."""
