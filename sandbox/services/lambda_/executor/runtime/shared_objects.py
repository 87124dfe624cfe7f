"""Sharing of Python objects between a process and those that it forks.

Using an object changes its reference count, upon which the kernel copies the object's page for that process.
CPython never changes the count of an immortal object, so a page of such objects stays shared:
https://peps.python.org/pep-0683/#avoiding-copy-on-write
"""

import ctypes
import gc
import sys
from types import CodeType


def share() -> None:
    """Make all objects of this process immortal. It keeps them until it ends, as do processes that it forks.

    Nothing happens in an interpreter whose objects do not begin with their reference counts.
    """
    immortal = ctypes.c_uint32.from_address(id(None)).value
    if sys.getrefcount(None) != immortal:
        return
    # All memory, as an array. It is three times as fast as an object of ctypes for each count.
    memory = memoryview((ctypes.c_uint32 * (1 << 60)).from_address(0)).cast("B").cast("I")
    objects = gc.get_referents(*gc.get_objects())
    codes = [each for each in objects if type(each) is CodeType]
    for code in codes:  # The collector does not know what these refer to.
        for constant in code.co_consts:
            memory[id(constant) // 4] = immortal
            if type(constant) is CodeType:
                codes.append(constant)
    for each in objects:
        memory[id(each) // 4] = immortal
