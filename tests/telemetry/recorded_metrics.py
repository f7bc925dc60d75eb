"""Metrics as the OpenTelemetry SDK records them."""

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import DataPointT, HistogramDataPoint, InMemoryMetricReader, NumberDataPoint


class RecordedMetrics:
    """A meter, and what was recorded with its instruments."""

    def __init__(self) -> None:
        self._reader = InMemoryMetricReader()
        self._provider = MeterProvider([self._reader], shutdown_on_exit=False)
        self.meter = self._provider.get_meter("test")

    @property
    def points(self) -> dict[tuple[str, ...], float]:
        """The value of each point, by the metric's name and the dimensions as `name=value`; of a histogram the sum."""
        data = self._reader.get_metrics_data()
        metrics = [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics] if data else []
        return {
            (metric.name, *_dimensions(point)): _value(point) for metric in metrics for point in metric.data.data_points
        }

    def close(self) -> None:
        self._provider.shutdown()


def _dimensions(point: DataPointT) -> list[str]:
    return sorted("=".join((name, str(value))) for name, value in (point.attributes or {}).items())


def _value(point: DataPointT) -> float:
    if isinstance(point, NumberDataPoint):
        return point.value
    assert isinstance(point, HistogramDataPoint)
    return point.sum
