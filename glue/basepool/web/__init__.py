"""What `basepool serve` does: webhooks, cron calls, health. `basepool.web:create_app` is the ASGI factory."""

from basepool.web.app import create_app

__all__ = ["create_app"]
