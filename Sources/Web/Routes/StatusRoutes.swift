import HTTPTypes
import Hummingbird
import Inference
import OrderedJSON
import Telemetry

/// What probes, scrapers and load balancers ask; open without a key, and cheap enough to answer while the
/// engine computes.
struct StatusRoutes: Sendable {
  let state: ServingState
  let registry: MetricRegistry

  /// Liveness: false while there is no model, and when the engine has stopped making progress.
  func health(_ request: Request, _ context: WebRequestContext) -> Response {
    switch state.phase {
    case .loading: unhealthy("loading")
    case .ready(let model): health(of: model)
    case .draining(let model): model.map(health(of:)) ?? unhealthy("draining")
    }
  }

  /// Readiness: whether new requests should come here, which plain overload does not change.
  func ready(_ request: Request, _ context: WebRequestContext) -> Response {
    switch state.phase {
    case .ready: Response(["status": "ready"])
    case .loading: unhealthy("loading")
    case .draining: unhealthy("draining")
    }
  }

  func metrics(_ request: Request, _ context: WebRequestContext) -> Response {
    Response(text: registry.exposition(), contentType: "text/plain; version=0.0.4; charset=utf-8")
  }

  func version(_ request: Request, _ context: WebRequestContext) -> Response {
    Response(["version": .string(plimsollVersion)])
  }

  private func health(of model: ServedModel) -> Response {
    switch model.generator.health {
    case .idle: Response(["status": "ok", "engine": "idle"])
    case .working: Response(["status": "ok", "engine": "working"])
    case .stalled(let since):
      Response(
        [
          "status": "stalled",
          "seconds": .integer(Int((ContinuousClock.now - since) / .seconds(1))),
        ],
        status: .serviceUnavailable
      )
    }
  }

  private func unhealthy(_ status: String) -> Response {
    Response(["status": .string(status)], status: .serviceUnavailable)
  }
}

/// This build's version, as `/version` and `plimsoll --version` tell it.
package let plimsollVersion = "0.1.0"
