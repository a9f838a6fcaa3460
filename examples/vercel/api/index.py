"""All that basepool serves, as one function of Vercel's: it looks here for an ASGI application of this name."""

from basepool.web.app import create_app

app = create_app()
