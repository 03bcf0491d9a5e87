import Testing

@testable import Telemetry

@Suite struct MetricRegistryTests {
  @Test func `a counter is written with its help, type and labels`() {
    let registry = MetricRegistry(constantLabels: ["model_name": "tales"])
    registry.counter("requests_total", help: "Finished requests.", labels: ["reason": "stop"]).add(
      2
    )
    registry.counter("requests_total", help: "Finished requests.", labels: ["reason": "length"])
      .add()
    #expect(
      registry.exposition() == """
        # HELP requests_total Finished requests.
        # TYPE requests_total counter
        requests_total{model_name="tales",reason="stop"} 2
        requests_total{model_name="tales",reason="length"} 1

        """
    )
  }

  @Test func `the same name and labels give the same instrument`() {
    let registry = MetricRegistry()
    let first = registry.gauge("running", help: "", labels: ["class": "batch"])
    let second = registry.gauge("running", help: "", labels: ["class": "batch"])
    #expect(first === second)
  }

  @Test func `an alias exports the same numbers under a second name`() {
    let registry = MetricRegistry()
    registry.gauge("waiting", help: "Queued.", aliases: ["vllm:num_requests_waiting"]).set(3.5)
    let text = registry.exposition()
    #expect(text.contains("\nwaiting 3.5\n"))
    #expect(text.contains("\nvllm:num_requests_waiting 3.5\n"))
  }

  @Test func `histogram buckets are cumulative and bounds are inclusive`() {
    let registry = MetricRegistry()
    let histogram = registry.histogram("seconds", help: "", bounds: [0.1, 1])
    for value in [0.1, 0.2, 1, 7, .infinity] { histogram.observe(value) }
    #expect(
      registry.exposition().hasSuffix(
        """
        seconds_bucket{le="0.1"} 1
        seconds_bucket{le="1"} 3
        seconds_bucket{le="+Inf"} 4
        seconds_sum 8.3
        seconds_count 4

        """
      )
    )
  }

  @Test func `label values and help are escaped`() {
    let registry = MetricRegistry()
    registry.gauge("g", help: "a\nb\\", labels: ["name": "say \"hi\"\n"]).set(1)
    #expect(
      registry.exposition()
        == "# HELP g a\\nb\\\\\n# TYPE g gauge\ng{name=\"say \\\"hi\\\"\\n\"} 1\n"
    )
  }

  @Test func `a sampled gauge is read when written`() {
    let registry = MetricRegistry()
    let source = registry.gauge("source", help: "")
    registry.gauge("double", help: "", reading: { source.value * 2 })
    source.set(21)
    #expect(registry.exposition().contains("\ndouble 42\n"))
  }

  @Test func `decades follow the series 1, 2, 5`() {
    #expect(Histogram.decades(from: 1, through: 30) == [1, 2, 5, 10, 20])
  }
}
