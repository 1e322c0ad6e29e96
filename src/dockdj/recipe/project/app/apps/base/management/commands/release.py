"""The `release` process: what must happen to the database before a new version serves."""

from contextlib import contextmanager

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection, connections

LOCK_NAME = "release"
# A migration that waits longer for a table than this would stop all who use the table behind it.
TABLE_LOCK_TIMEOUT = "10s"


class Command(BaseCommand):
    help = "Migrate the database. Every machine may run it: one does the work, the others wait for it."

    def handle(self, *args, **options):
        with only_one_at_a_time(self.stdout):
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('lock_timeout', %s, false)", [TABLE_LOCK_TIMEOUT])
            call_command("migrate", interactive=False, stdout=self.stdout, stderr=self.stderr)


@contextmanager
def only_one_at_a_time(stdout):
    """Hold Postgres's advisory lock, on a connection of its own that migrations cannot close.

    The lock belongs to the session: when this process dies, it is free again.
    """
    if connection.vendor != "postgresql":
        yield
        return
    holder = connections.create_connection("default")
    try:
        with holder.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [LOCK_NAME])
            if not cursor.fetchone()[0]:
                stdout.write("Another machine is at it: waiting.")
                cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [LOCK_NAME])
            yield
    finally:
        holder.close()
