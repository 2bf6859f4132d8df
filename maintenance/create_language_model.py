#!/usr/bin/env python
"""Short because the program is bin/create_language_model.py; here it has the name that it had in the Russian fork."""
import os
import runpy

if __name__ == '__main__':
    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    runpy.run_path(os.path.join(top, 'bin', 'create_language_model.py'), run_name='__main__')
