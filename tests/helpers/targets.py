"""What a path that a program is to write to may name, and what has become of it afterwards."""

import os
import socket
import stat
import threading
from contextlib import contextmanager
from pathlib import Path

OLD = b'what was there before'
VICTIM = b'somebody else\'s'


def names(directory):
    return sorted(os.listdir(str(directory)))


def link_to_file(directory):
    """Returns (a link, the older file that it leads to in another directory)."""
    (directory / 'elsewhere').mkdir()
    target = directory / 'elsewhere' / 'real'
    target.write_bytes(OLD)
    link = directory / 'link'
    link.symlink_to(Path('elsewhere') / 'real')
    return link, target


def link_to_nothing(directory):
    """Returns (a link, the file that it would lead to)."""
    (directory / 'elsewhere').mkdir()
    link = directory / 'link'
    link.symlink_to(directory / 'elsewhere' / 'new')
    return link, directory / 'elsewhere' / 'new'


def link_to_link(directory):
    """Returns (a link to a link, the older file that both lead to)."""
    link, target = link_to_file(directory)
    first = directory / 'first'
    first.symlink_to('link')
    return first, target


LINKS = [link_to_file, link_to_nothing, link_to_link]


def pipe_without_reader(directory):
    path = directory / 'pipe'
    os.mkfifo(str(path))
    return path


def socket_file(directory):
    path, here = directory / 'socket', os.getcwd()
    os.chdir(str(directory))  # names of sockets are short
    try:
        with socket.socket(socket.AF_UNIX) as file:
            file.bind('socket')
    finally:
        os.chdir(here)
    return path


def a_directory(directory):
    path = directory / 'directory'
    path.mkdir()
    return path


def link_to_itself(directory):
    path = directory / 'loop'
    path.symlink_to('loop')
    return path


REFUSED = [pipe_without_reader, socket_file, a_directory, link_to_itself]


def device(directory, name='null'):
    """Returns the path of a device like /dev/null (or /dev/full), in a directory where it could be replaced.

    Without the right to make devices, a link to the system's, which cannot be replaced then.
    """
    path = directory / name
    try:
        os.mknod(str(path), stat.S_IFCHR | 0o666, os.makedev(1, {'null': 3, 'full': 7}[name]))
    except PermissionError:
        path.symlink_to(f'/dev/{name}')
    return path


@contextmanager
def read_pipe(directory):
    """Gives (a named pipe that is read, the list to which its content is added at the end of the block)."""
    path, read = pipe_without_reader(directory), []
    descriptor = os.open(str(path), os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)

    def listen():
        with open(descriptor, 'rb') as file:
            is_over = False
            while not is_over and not any(read):  # before a writer comes, reading ends at once
                is_over = ended.wait(0.01)
                read.append(file.read())

    ended = threading.Event()
    reader = threading.Thread(target=listen)
    reader.start()
    try:
        yield path, read
    finally:
        ended.set()
        reader.join()


def kind(path):
    """Returns the type of what is at a path itself: a link is a link."""
    return stat.S_IFMT(os.lstat(str(path)).st_mode)


def permissions(path):
    return stat.S_IMODE(os.stat(str(path)).st_mode)


@contextmanager
def umask(mask):
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)
