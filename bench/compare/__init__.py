"""Measures Tidewire side by side with what people would otherwise pick; bench/run starts it."""
