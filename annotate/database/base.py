"""The class that Django looks for in the package that the setting `ENGINE` names."""

import select

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is checked without a query, which would cost each click a round trip."""

    def is_usable(self) -> bool:
        """Tell whether the connection is open: between queries, a server sends nothing but the end of a connection."""
        kept = self.connection
        if kept is None or kept.closed or kept.info.transaction_status != TransactionStatus.IDLE:
            return False
        line = select.poll()
        line.register(kept.fileno(), select.POLLIN)  # poll reports an end and an error in any case
        return not line.poll(0)
