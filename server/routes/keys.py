"""What routes find in the application."""

from __future__ import annotations

from aiohttp import web

from server.auth import Tokens
from server.gateway import Gateway
from server.telemetry.metrics import Metrics

GATEWAY: web.AppKey[Gateway] = web.AppKey("gateway", Gateway)
TOKENS: web.AppKey[Tokens] = web.AppKey("tokens", Tokens)
METRICS: web.AppKey[Metrics] = web.AppKey("metrics", Metrics)
