"""A Functions host for apps of the Python v2 model. It needs nothing but Python packages.

It does what this product uses:

- HTTP triggers with routes of plain parameters, anonymous or with the function key, and App Service authentication.
- Timer triggers with six-field NCRONTAB schedules.
- Durable Functions: orchestrators that await activities (with retry) and timers one at a time and continue as new, and
  the management calls start, status, terminate and purge.

Anything else that an app, its host.json, an orchestrator or a durable client asks for is refused with an error that
names it.
"""
