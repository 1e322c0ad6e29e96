"""The errors that zipfile raises for bytes that are not a whole, plain zip."""

import lzma
import struct
import zipfile
import zlib

UNREADABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError, struct.error)
"""The errors of damaged, encrypted or unknown archives. NotImplementedError is a RuntimeError."""
