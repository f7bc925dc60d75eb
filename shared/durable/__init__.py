"""Durable Functions: the orchestrator, its activity and the timers."""
