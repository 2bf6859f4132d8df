"""What corpus importers share: fetching, converting, cleaning of texts, splitting and writing. No TensorFlow."""
