"""What machines the engine makes images for."""

from dockdj.adapters import shell

FORMAT = "{{.Server.Os}}/{{.Server.Arch}}"


def engine_platform() -> str:
    """The engine's platform, as `linux/amd64`: it may run on another machine than this program."""
    return shell.capture(["docker", "version", "--format", FORMAT]).stdout.strip()
