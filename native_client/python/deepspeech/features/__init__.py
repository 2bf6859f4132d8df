"""Features as clients compute them: those of today (`mfcc`) and those of releases before 0.5 (`legacy`); public."""
