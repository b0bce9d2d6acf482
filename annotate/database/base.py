"""The class that Django looks for in the package that the setting `ENGINE` names."""

import select

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is known to have ended without asking the database, which would cost each click a journey."""

    def is_usable(self) -> bool:
        """Tell whether the connection is open and in order: unasked, a server says nothing but goodbye."""
        kept = self.connection
        if kept is None or kept.closed or kept.info.transaction_status != TransactionStatus.IDLE:
            return False
        line = select.poll()
        line.register(kept.fileno(), select.POLLIN)  # an end and an error are told in any case
        return not line.poll(0)
