"""The data report: what is in data sets, which rows cannot be used, and which hardly should be."""
