"""All routes of the HTTP API, one file a group."""

from nanocaliper.web.api import Route
from nanocaliper.web.routes import (
    about,
    images,
    particles,
    pictures,
    projects,
    reports,
    results,
    samples,
    settings,
    statistics,
)

__all__ = ["ROUTES"]

#: Every route below ``/api``.
ROUTES: tuple[Route, ...] = tuple(
    route
    for group in (
        about,
        projects,
        samples,
        images,
        settings,
        pictures,
        particles,
        statistics,
        reports,
        results,
    )
    for route in group.routes.found
)
