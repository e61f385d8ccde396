"""What a cook hears: tones, the players they go through, and the helper process that plays them."""
