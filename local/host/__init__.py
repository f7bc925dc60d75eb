"""A Functions host for apps of the Python v2 model. It needs nothing but Python packages.

It does what this product uses:

- HTTP triggers with parameters, also optional ones and catch-alls, and the constraints alpha, guid and int; the three
  levels of access keys; the home page, and the host's own API as far as it shows what runs; App Service authentication.
- Timer triggers with NCRONTAB schedules.
- Durable Functions: orchestrators that await activities (with retry) and timers one at a time and continue as new, and
  the management calls start, status, list, suspend, resume, terminate, rewind and purge. The SDK's client calls them at
  an address of its own.

An app that Microsoft's worker refuses is refused here, and leaves a host without functions, as there. A host.json that
is not JSON leaves one that answers everything with 503. A call that takes longer than functionTimeout fails, and the
process ends with it: on the platform the worker would be started anew. Functions that are not async run in as many
threads as there and belong to no trace.

As on the platform, what a killed host was doing is hidden from the next one for the time-out in host.json, and the
timers wait until its lease has ended, a minute at most. Two environment variables are the local host's own:
LOCAL_HOST_HIDDEN_SECONDS shortens both, for tests, and LOCAL_HOST_TIMERS makes Durable's timers fire as on a `busy` hub
(up to a second early) or an `idle` one (up to 30 s late), instead of `prompt`.

Anything else that an app, its host.json, an orchestrator or a durable client asks for is refused with an error that
names it.
"""
