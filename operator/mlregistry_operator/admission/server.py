"""The HTTP face of the webhook: one route, and an AdmissionReview as the answer to whatever comes."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from mlregistry_operator.admission.review import review
from mlregistry_operator.admission.reviews import unanswerable
from mlregistry_operator.domain.boundaries import UNBOUNDED, Boundaries
from mlregistry_operator.kube.ports import Neighbours
from mlregistry_operator.telemetry import metrics

PATH: Final = metrics.WEBHOOK
# The API server takes objects of up to 3 MiB, and sends the old one beside the new.
MAX_BODY: Final = 8 * 2**20
# Reviews of objects with long annotations take some MiB each, with what is read out of them.
LARGE: Final = 256 * 2**10
LARGE_AT_ONCE: Final = 8

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = logging.getLogger(__name__)


def admission_app(around: Neighbours, boundaries: Boundaries = UNBOUNDED) -> web.Application:
    """The webhook as an application that serves `POST /validate`; TLS is the caller's.

    `around` is asked for other objects, in the loop that serves. Few large reviews are in memory at a time,
    and the others wait unread. `boundaries` are the operator's settings.

    What cannot be read is answered with status 4xx, and what could not be judged with 500. The API server
    takes either as a failed call, for which `failurePolicy` decides.
    """
    app = web.Application(
        client_max_size=MAX_BODY,
        middlewares=[_measured, _always_a_review],
        # The API server packs nothing. aiohttp unpacks a piece of a body before it counts it: 64 KiB of gzip
        # take 64 MiB.
        handler_args={"auto_decompress": False},
    )

    turns = asyncio.Semaphore(LARGE_AT_ONCE)

    async def validate(request: web.Request) -> web.Response:
        size = request.content_length
        async with turns if size is None or size > LARGE else nullcontext():
            asked = json.loads(await request.read())
            return web.json_response(await review(asked, around, boundaries=boundaries))

    app.router.add_post(PATH, validate)
    return app


@web.middleware
async def _measured(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every answer on our path, by its status; other paths are whatever somebody tries."""
    if request.path != PATH:
        return await handler(request)
    began = time.monotonic()
    with metrics.WEBHOOK_IN_FLIGHT.labels(PATH).track_inprogress():
        response = await handler(request)
    metrics.WEBHOOK_REQUESTS.labels(PATH, str(response.status)).inc()
    metrics.WEBHOOK_SECONDS.labels(PATH).observe(time.monotonic() - began)
    return response


@web.middleware
async def _always_a_review(
    request: web.Request,
    handler: Handler,
) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        return _unanswerable(refusal.status, refusal.reason, refusal.text or refusal.reason)
    except (ValidationError, ValueError, RecursionError):
        return _unanswerable(400, "BadRequest", "the body is no AdmissionReview of admission.k8s.io/v1")
    except Exception:  # whoever asks waits for a review, whatever the defect; the log has it
        log.exception("a review could not be judged")
        return _unanswerable(500, "InternalError", "the webhook failed; its log has the reason")


def _unanswerable(code: int, reason: str, message: str) -> web.Response:
    return web.json_response(unanswerable(code, reason, message), status=code)
