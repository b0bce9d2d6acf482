"""Messages of what happens in studies: who wants them, what is recorded, how it is sent."""
