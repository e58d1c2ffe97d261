"""What the server says and hears: `live`, the socket, and HTTP. One port, one process."""
