#!/usr/bin/env python
"""Short because the program is bin/stats.py; here it has the name by which scripts written for DeepSpeech call it."""
import os
import runpy

if __name__ == '__main__':
    runpy.run_path(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'bin', 'stats.py'), run_name='__main__')
