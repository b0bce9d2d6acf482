"""The class that Django looks for in the package that the setting `ENGINE` names."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is known to have ended without asking the database, which would cost each click a journey."""

    def is_usable(self) -> bool:
        """Tell whether the connection is open still: unasked, a server says nothing but goodbye."""
        if self.connection is None or self.connection.closed:
            return False
        line = select.poll()
        line.register(self.connection.fileno(), select.POLLIN)  # an end and an error are told in any case
        return not line.poll(0)
