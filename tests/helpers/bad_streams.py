"""Standard streams as bad as they come: closed, full, without a reader."""

import os
import subprocess

BAD_OUTPUTS = ('>&-', '>/dev/full', '| true')
BAD_ERRORS = ('2>&-', '2>/dev/full')
HARMLESS = ('<&-', '</dev/null')


def run_with(redirection, command, environment=None, timeout=120):
    """Runs a command by a shell as `command redirection`.

    A pipe is given a reader that has gone before the command begins to write.

    Returns:
      (exit code of the command, what its other streams got)
    """
    if redirection.startswith('|'):
        reader, writer = os.pipe()
        os.close(reader)
        result = subprocess.run(list(map(str, command)), stdout=writer, stderr=subprocess.PIPE, env=environment,
                                timeout=timeout)
        os.close(writer)
        return result.returncode, result.stderr.decode('utf-8', 'replace')
    result = subprocess.run(['sh', '-c', f'"$@" {redirection}', 'sh', *map(str, command)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=environment, timeout=timeout)
    return result.returncode, (result.stdout + result.stderr).decode('utf-8', 'replace')


def assert_said_once(output):
    """One sentence says that output was lost, and there is no traceback."""
    assert output.count('cannot be written') == 1 and 'Traceback' not in output and 'Exception' not in output, output
