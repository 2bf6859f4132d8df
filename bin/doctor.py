#!/usr/bin/env python
"""Short because commands/doctor.py does the work, also where the package is not installed: that is a finding, not the end."""
import os
import sys

if __name__ == '__main__':
    if sys.version_info < (3, 7):
        sys.exit('E This is Python %s; use 3.7, or 3.9 to 3.13.' % sys.version.split()[0])
    sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'training'))
    from deepspeech_training.commands import doctor
    sys.exit(doctor.run())
