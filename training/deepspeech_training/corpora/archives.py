import shutil, os
def unpack(archive, target, log=None):
    if not os.path.isdir(target):
        shutil.unpack_archive(archive, target)
    return target
